"""核实/核查任务: who looks takes the task, or says that they are unable to."""
