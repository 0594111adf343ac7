"""From a compiled pipeline to committed artifacts: planning, launching, running."""
