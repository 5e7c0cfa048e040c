"""From counts to a posterior: what is compared, how likely it is, and which parameters it leaves."""
