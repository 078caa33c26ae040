"""`hall bench`: what the hall can do on this machine, each figure beside its limit in the same run."""
