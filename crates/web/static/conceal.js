// conceal
