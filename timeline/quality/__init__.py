"""Quality over many codes: the statistics, the run chart's rules, and the audit. Pure: standard library and core."""
