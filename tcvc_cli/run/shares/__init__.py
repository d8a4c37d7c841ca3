"""One film on several machines, which see one disk: each colours a share of its shots."""
