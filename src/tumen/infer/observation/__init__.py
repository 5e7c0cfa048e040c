"""What is fitted: counted arrivals and profile rows, each with its error model (`tumen.case.error_models`).

A target has S summary statistics, on the scale on which its numbers scatter, and R labelled residuals. It extracts the
statistics (S,) from a run, scores them by jax (the log likelihood of each of its `names`), gives standardised residuals
(R,) and the model's numbers on the natural scale (R,), and simulates replicate data, by numpy. `keys` (S,) identify its
statistics within a case, `numbers` (S,) are what was counted, `saturated` (S,) the statistics of a model that hits it,
`until` what of it was known at the end of a year. Least squares, likelihood, emulator, sampler and posterior predictive
all ask it.
"""
