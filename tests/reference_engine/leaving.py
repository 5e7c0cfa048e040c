"""A person leaving: the mass that is integrated and the life that is sampled (docs/engine.md, step 8, section 4)."""

from __future__ import annotations

from tests.reference_engine.person import (
    ABROAD,
    ARRIVED,
    COMPANION,
    DETENTION,
    HOME,
    LAYERS,
    LOST,
    SETTLED,
    Flow,
    Life,
    Month,
    Person,
    Table,
    along_hazard,
    border_hazard,
    choose,
    onward,
    other_hazard,
    place_code,
)
from tests.reference_engine.rules import Event, Formulas, exponential, share_of_time, uniform

# --- mass -------------------------------------------------------------------------------------------------------------


def move_mass(p: Person, m: Month, border: list[float], flow: Flow) -> None:
    """Step 8: what leaves each place leaves from what was there before the month; what comes in is added last."""
    came_abroad = [[0.0] * p.stages for _ in LAYERS]
    came_held, came_home = [0.0] * 3, [0.0] * 3
    leave_stages(p, m, came_abroad, came_held, came_home, flow)
    freed = leave_detention(p, m)
    leave_home(p, m, border, came_abroad, came_held, flow)
    for k in LAYERS:
        if freed[k] > 0.0:
            p.capital[k] *= p.home[k] / (p.home[k] + freed[k])
        p.home[k] += freed[k] + came_home[k]
        p.held[k] += came_held[k]
        for r in range(p.stages):
            p.away[k][r] += came_abroad[k][r]


def leave_stages(
    p: Person, m: Month, came_abroad: Table, came_held: list[float], came_home: list[float], flow: Flow
) -> None:
    """Those abroad arrive, are returned, settle, die, shift to another stage or go home."""
    for k in LAYERS:
        for r in range(p.stages):
            hazards = onward(p, m, r)
            total = sum(hazards)
            if p.away[k][r] == 0.0 or total == 0.0:
                continue
            gone = p.away[k][r] * share_of_time(total)
            p.away[k][r] -= gone
            arrive, back, settle, die_, shift, home = (gone * hazard / total for hazard in hazards)
            p.arrived += arrive
            p.settled += settle
            p.lost += die_
            came_held[min(k + 1, 2)] += back
            came_abroad[k][m.shift[r]] += shift
            came_home[k] += home
            flow.came[r].append(arrive)
            flow.repatriations += back
            flow.shifted[r].append(shift)


def leave_detention(p: Person, m: Month) -> list[float]:
    """Those held are released or die; returns the released by layer."""
    freed, total = [0.0] * 3, m.release + m.loss
    for k in LAYERS[1:]:
        if total > 0.0:
            gone = p.held[k] * share_of_time(total)
            p.held[k] -= gone
            freed[k] = gone * m.release / total
            p.lost += gone * m.loss / total
    return freed


def leave_home(p: Person, m: Month, border: list[float], came_abroad: Table, came_held: Table, flow: Flow) -> None:
    """Those at home try the border, are caught or cross, go along with others, or leave alone by another way."""
    along, other_channels = along_hazard(p, m), other_hazard(p, m)
    entry = m.entry[p.group]
    for k in LAYERS:
        total = border[k] + along + other_channels
        if p.home[k] == 0.0 or total == 0.0:
            continue
        gone = p.home[k] * share_of_time(total)
        p.home[k] -= gone
        tried, went_along, left_aside = (gone * hazard / total for hazard in (border[k], along, other_channels))
        caught, crossed = tried * (1.0 - m.success), tried * m.success
        came_held[min(k + 1, 2)] += caught
        came_abroad[k][0] += left_aside
        for r in range(p.stages):
            came_abroad[k][r] += (crossed + went_along) * entry[r]
        flow.by_channel[0] += crossed
        flow.by_channel[m.channel[p.state]] += left_aside
        flow.by_channel[COMPANION] += went_along
        flow.penniless += crossed if p.capital[k] < m.cash_line else 0.0
        flow.attempts += tried
        flow.interceptions += caught


# --- the sampled history ----------------------------------------------------------------------------------------------


def report_life_course(p: Person, before: int, m: Month, own: Flow) -> None:
    """A sampled history at home shares what happens to the home life course."""
    if p.life is not None and p.life.where == HOME and p.state != before:
        own.news.append(("birth" if before == m.states else "status", before, p.state))


def make_transition(p: Person, life: Life, m: Month, theory: Formulas, own: Flow) -> None:
    """Section 4: subtract the hazard of the place from the residual; when it is used up, one transition."""
    ways = ways_out(p, life, m, theory)
    total = sum(ways)
    if total <= 0.0:
        return
    life.transition_residual -= total
    if life.transition_residual > 0.0:
        return
    life.n_transitions += 1
    life.transition_residual = exponential(p.key, Event.STAY, life.n_transitions)
    which = choose(
        uniform(p.key, Event.FATE, life.n_transitions) * total, [(i, w) for i, w in enumerate(ways) if w > 0.0]
    )
    origin = place_code(p, m)
    if life.where == HOME:
        event = turn_at_home(p, life, m, which, own)
    elif life.where == DETENTION:
        event = "release" if which == 0 else "death"
        life.where = HOME if which == 0 else LOST
        life.capital = 0.0
    else:
        event = turn_abroad(life, m, which, own)
    own.news.append((event, origin, place_code(p, m)))


def ways_out(p: Person, life: Life, m: Month, theory: Formulas) -> list[float]:
    """The hazards of leaving the place a sampled history is at."""
    if life.where == HOME:
        return [border_hazard(p, m, theory, life.tries, life.capital), along_hazard(p, m), other_hazard(p, m)]
    if life.where == DETENTION:
        return [m.release, m.loss]
    return onward(p, m, life.where - ABROAD) if life.where >= ABROAD else []


def turn_at_home(p: Person, life: Life, m: Month, which: int, own: Flow) -> str:
    """An attempt, going along with others, or leaving alone by another way."""
    if which == 0:
        own.attempts = 1.0
        if uniform(p.key, Event.PASS, life.n_transitions) >= m.success:
            own.interceptions = 1.0
            life.where = DETENTION
            life.tries += 1
            return "interception"
        own.by_channel[0] = 1.0
    else:
        own.by_channel[COMPANION if which == 1 else m.channel[p.state]] = 1.0
    stage = 0
    if which < 2:
        entry = m.entry[p.group]
        stage = choose(uniform(p.key, Event.WAY, life.n_transitions), [(r, w) for r, w in enumerate(entry) if w > 0.0])
    life.where = ABROAD + stage
    return "departure"


def turn_abroad(life: Life, m: Month, which: int, own: Flow) -> str:
    """Arrive, be returned, settle, die, shift, go home."""
    if which == 0:
        own.came = [[1.0]]
    elif which == 1:
        own.repatriations = 1.0
        life.tries += 1
    onward_to = ABROAD + m.shift[life.where - ABROAD]
    life.where = (ARRIVED, DETENTION, SETTLED, LOST, onward_to, HOME)[which]
    return ("arrival", "return", "settling", "death", "stage", "homecoming")[which]
