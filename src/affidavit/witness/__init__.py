"""A C2SP tlog-witness: it cosigns what extends everything it cosigned before, and nothing else."""
