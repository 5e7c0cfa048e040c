"""What is fitted: counted arrivals and profile rows, each with its error model (`tumen.case.error_models`).

A target extracts its summary statistics from a run, scores them (jax), gives standardised residuals (numpy) and
simulates replicate data (numpy). Least squares, likelihood, emulator, sampler and posterior predictive all ask it.
"""
