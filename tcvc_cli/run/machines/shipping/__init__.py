"""Files that go to machines without a shared disk, and what comes back from there: slice by slice."""
