"""Which files of a project a pipeline reaches, their snapshot, and digests of the definitions in them.

User code is only ever parsed here, never imported.
"""
