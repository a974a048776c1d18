"""吹哨报到: a centre calls several departments to one incident, each with a part, a state and clocks of its own."""
