"""The inputs a case may state: every dated number the mechanism reads, with unit, shape and admissible range.

A case file states an input under its key; a key that is not here is an error, and a case that lacks one that is here
does not load. `by` names the dimension over which one dated value may differ: a value is then a mapping with one
number for each member (sex, province, class or status) instead of a single number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

By = Literal["sex", "province", "class", "status"]

SEXES = ("female", "male")
#: What a person is doing at home; the order is the engine's code for the state.
STATUSES = ("child", "serving", "tied", "stall", "private", "free", "posted")


@dataclass(frozen=True)
class ParameterSpec:
    """One input: what it means, in which unit, over which dimension it may differ, and within which range."""

    key: str
    unit: str
    low: float
    high: float
    title: str
    by: By | None = None


_INF = float("inf")

#: Key, unit, least and greatest value, meaning, and the dimension over which it may differ, where there is one.
_ROWS: tuple[tuple[Any, ...], ...] = (
    # conscription (MODEL 4.1)
    ("service_years", "year", 0, 40, "Length of service", "sex"),
    ("enlistment_age", "year", 14, 30, "Age at which people are called up"),
    ("minimum_height", "cm", 0, 220, "Least height of a recruit (0: none)", "sex"),
    ("height_mean", "cm", 100, 200, "Mean height at the age of call-up", "sex"),
    ("height_sd", "cm", 1, 20, "Standard deviation of height at the age of call-up", "sex"),
    ("drafted", "share", 0, 1, "Share of the class that is liable to serve", "class"),
    ("intake_share", "share", 0, 1, "Share of the liable and fit taken at call-up (fixed_intake)", "sex"),
    ("strength", "person", 0, _INF, "People under arms (fixed_strength)"),
    ("strength_solved_by", "flag", 0, 1, "Whether the sex's intake is solved from strength (fixed_strength)", "sex"),
    ("intake_floor", "share", 0, 1, "Least intake share when it is solved from strength"),
    ("discharge_leeway", "month", 0, 120, "Months by which a term is cut or prolonged to keep the strength"),
    # work and market (MODEL 4.2)
    ("home_share_start", "share", 0, 1, "Share of those with the duty who have no post when the window opens"),
    ("retirement_age", "year", 40, 100, "Age at which a post ends", "sex"),
    ("duty_to_report", "share", 0, 1, "Share of the unmarried bound to hold and report at a state post", "sex"),
    ("duty_when_married", "share", 0, 1, "Share of the married bound to hold and report at a state post", "sex"),
    ("marriage_age", "year", 14, 50, "Mean age at first marriage", "sex"),
    ("marriage_age_spread", "year", 0.5, 15, "Standard deviation of the age at first marriage", "sex"),
    ("bought_absence", "share", 0, 1, "Share of a bound worker's days that can be bought free"),
    ("layoff_rate", "per year", 0, 50, "Rate of losing a state post by closure of the plant", "sex"),
    ("quit_rate", "per year", 0, 50, "Rate at which those without the duty leave a state post"),
    ("assignment_rate", "per year", 0, 50, "Rate at which those with the duty are assigned to a state post"),
    ("openness", "share", 0, 1, "How far private trade is tolerated, 0 suppressed to 1 free"),
    ("stalls", "person", 0, _INF, "Market places that would be worked if trade were free"),
    ("stall_exit_rate", "per year", 0, 50, "Rate of giving up a stall"),
    ("trading_taste", "log", -5, 5, "Log preference for a stall when free to take one", "sex"),
    ("trading_minimum_age", "year", 0, 100, "Least age at which a stall is allowed", "sex"),
    ("trading_minimum_age_extra", "year", 0, 60, "Years added to a raised least age in a province", "province"),
    ("ban_enforcement", "share", 0, 1, "Share of the banned whom an age ban keeps from taking a stall"),
    ("private_entry_rate", "per year", 0, 50, "Rate of taking up other private work when fully free and open"),
    ("private_exit_rate", "per year", 0, 50, "Rate of leaving other private work"),
    ("overseas_posts", "person", 0, _INF, "Workers the state has sent abroad"),
    ("overseas_term", "month", 1, 600, "Mean length of a posting abroad"),
    ("overseas_preference", "ratio", 0, 1000, "Relative chance of being sent abroad", "sex"),
    # capital (MODEL 4.3)
    ("earnings", "usd per month", 0, 10000, "Mean earnings beyond rations", "status"),
    ("earnings_place", "ratio", 0, 20, "Earnings of private work relative to the country", "province"),
    ("subsistence", "usd per month", 0, 10000, "Cost of bare living without rations"),
    ("rations", "share", 0, 1, "Share of bare living that rations cover"),
    ("earnings_spread", "log", 0, 3, "Standard deviation of the log of a month's shock to earnings"),
    ("earning_power_spread", "log", 0, 3, "Standard deviation of log earnings between people, for life"),
    ("purse_pooling", "share", 0, 1, "Share of earnings that women and men of a household hold in common"),
    ("capital_decay", "per year", 0, 50, "Rate at which savings are spent, lost or taken"),
    ("starting_capital", "usd", 0, 1e6, "Savings at the age of call-up and at the start"),
    ("cash_line", "usd", 0, 1000, "Savings below which leavers count as having held no cash"),
    ("cash_loss", "share", 0, 1, "Share of savings destroyed in the month by a currency reform"),
    ("remittance", "usd per month", 0, 10000, "Mean money received by those with kin abroad"),
    ("settlement_money", "usd", 0, 1e6, "Settlement money paid on arrival"),
    ("credit_share", "ratio", 0, 10, "Credit as a multiple of settlement money, for those with kin abroad"),
    ("sponsor_probability", "share", 0, 1, "Probability that kin abroad pay the whole fee"),
    ("price_level", "ratio", 0.05, 20, "Consumer prices of the currency in which fees are stated, 2010 = 1"),
    # willingness (MODEL 4.4): terms of a logit
    ("will_base", "logit", -20, 20, "Willingness of the reference class at 30, fed, without kin abroad"),
    ("will_hunger", "logit", -20, 20, "Effect of rations falling from all to nothing"),
    ("hunger_place", "ratio", 0, 10, "Shortfall of rations relative to the country", "province"),
    ("will_control", "logit", -20, 20, "Effect of control going from none to full"),
    ("will_class", "logit", -20, 20, "Effect of class", "class"),
    ("will_information", "logit", -20, 20, "Effect of information from outside going from none to full"),
    ("information", "share", 0, 1, "Reach of information from outside"),
    ("will_kin", "logit", -20, 20, "Effect of having kin abroad"),
    ("will_benefits", "logit", -20, 20, "Effect of settlement money, per unit of log(1 + usd)"),
    ("will_age", "logit", -20, 20, "Effect of each ten years of age beyond 30"),
    ("will_sex", "logit", -20, 20, "Effect of sex (zero but in rivals that claim one)", "sex"),
    # mobility (MODEL 4.5)
    ("mobility", "share", 0, 1, "Share of days on which a week's absence goes unnoticed", "status"),
    ("control", "share", 0, 1, "Party control and travel permits, 0 gone to 1 full"),
    ("control_on_mobility", "share", 0, 1, "Share of mobility that full control takes away"),
    ("travel_order", "share", 0, 1, "Share of mobility an order to one sex takes away, ages 10 to 60", "sex"),
    ("access", "ratio", 0, 1, "Nearness of the narrow river: factor on the rate of attempts", "province"),
    ("returnee_watch", "share", 0, 1, "Share of mobility that watching takes from the once caught"),
    # the two keys (MODEL 4.6)
    ("complementarity", "exponent", -50, 50, "Exponent r that joins the keys; both are necessary for r <= 0"),
    ("mobility_weight", "share", 0, 1, "Weight a of mobility against capital"),
    ("reference_rate", "per year", 0, 50, "Attempt rate of the reference person"),
    ("fee", "usd", 1, 1e7, "Price of a crossing with help"),
    ("fee_place", "ratio", 0.01, 100, "Price relative to the country", "province"),
    ("trend_rate", "per year", 1e-12, 1, "Rate of leaving at the river where no mechanism is claimed", "sex"),
    ("fee_spread", "log", 0.01, 10, "Spread s of what crossings cost around the fee, in logs"),
    ("free_crossing", "share", 0, 1, "Chance that a crossing without payment is possible"),
    # border and journey (MODEL 4.7)
    ("crossing_success", "share", 0, 1, "Share of attempts that are not intercepted"),
    ("detention", "month", 1, 600, "Mean time held after a failed attempt or a return"),
    ("detention_death_rate", "per year", 0, 50, "Extra death rate while held"),
    ("direct_share", "share", 0, 1, "Share of leavers who travel with brokers all the way"),
    ("trafficked_share", "share", 0, 1, "Share of leavers on the slow way who are sold into marriage", "sex"),
    ("onward_direct", "per year", 0, 50, "Rate of arriving for those on the direct way"),
    ("first_months", "month", 1, 60, "Mean length of the first phase on the slow way, near the river"),
    ("onward_first", "per year", 0, 50, "Rate of arriving in the first phase on the slow way", "sex"),
    ("onward_later", "per year", 0, 50, "Rate of arriving after the first phase on the slow way", "sex"),
    ("onward_kin", "ratio", 0, 100, "Rate of arriving for those with kin abroad, relative to others"),
    ("airlift", "person", 0, _INF, "People on the slow way who are brought to the destination in a month"),
    ("repatriation_first", "per year", 0, 50, "Rate of being caught and returned in the first phase", "sex"),
    ("repatriation_later", "per year", 0, 50, "Rate of being caught and returned after it", "sex"),
    ("return_home_rate", "per year", 0, 50, "Rate of going home of one's own will in the first phase"),
    ("settling_rate", "per year", 0, 50, "Rate of staying abroad for good or going elsewhere", "sex"),
    ("death_rate_abroad", "per year", 0, 50, "Extra death rate on the way"),
    ("escape_marriage_rate", "per year", 0, 50, "Rate of leaving a forced marriage for the slow way", "sex"),
    ("overseas_exit_rate", "per year", 0, 50, "Rate at which workers posted abroad leave for good"),
    ("other_channel_rate", "per year", 0, 50, "Rate of leaving by sea, front line or from office", "province"),
    # network (MODEL 4.8) and companions (MODEL 3)
    ("kin_per_arrival", "person", 0, 10000, "Relatives at home for whom one arrival becomes kin abroad"),
    ("homophily", "share", 0, 1, "Weight of the own sex in the network"),
    ("companion_ratio", "ratio", 0, 100, "Children under 10 who go with each adult of 25 to 49 who crosses"),
    ("companion_ratio_older", "ratio", 0, 100, "Children of 10 and more who go with each such adult"),
    ("spouse_ratio", "ratio", 0, 0.95, "Adults of the other sex, 25 to 49, who go with each such adult"),
)

VOCABULARY: dict[str, ParameterSpec] = {row[0]: ParameterSpec(*row) for row in _ROWS}
