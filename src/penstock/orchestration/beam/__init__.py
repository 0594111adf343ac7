"""The local runner: a run as an Apache Beam job."""
