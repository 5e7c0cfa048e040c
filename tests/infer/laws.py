"""The error models of arrivals that most cases state."""

from tumen.infer.observation import SEX_LAWS, TOTAL_LAWS, CountLaws

LAWS = CountLaws(TOTAL_LAWS["negative_binomial"], SEX_LAWS["beta_binomial"])
