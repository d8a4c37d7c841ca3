"""How the covariance of `tcvc-points` is trained: by what few true colours of a photograph say of others."""
