"""Sensitivity: which parameters and fixed inputs move women's share, the flow, and what a policy does to them."""
