"""The promises of tumen and the checks that keep them: small in the tests, full size by `python -m validation`."""
