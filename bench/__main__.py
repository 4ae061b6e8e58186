from bench import deciding

print(deciding.report(), flush=True)
