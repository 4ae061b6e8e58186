from bench import deciding, verification

print(deciding.report(), flush=True)
print()
for line in verification.lines():
    print(line, flush=True)
