"""What all tests share: how hypothesis looks for examples, and one thread for linear algebra."""

import os
import tempfile

from hypothesis import HealthCheck, settings

os.environ.setdefault("OMP_NUM_THREADS", "1")
# No test sees the posteriors and fits of whoever runs it.
os.environ["TUMEN_HOME"] = tempfile.mkdtemp(prefix="tumen-tests-")

# No deadline anywhere: the first example pays for compiling the kernels. In CI the same examples every time.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("dev"), derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
