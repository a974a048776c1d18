"""吹哨: a centre calls several departments to an incident."""
