"""Answers an SMT-LIB 2 file of bit vectors with cvc5, which reckons with them as integers: `python cvc5_integers.py FILE`.

The wheel of cvc5 has no program, and halmos wants one. Products of unknowns in 256 bits are a circuit of a hundred thousand
gates for z3, and a monomial for integer arithmetic.
"""

import sys

import cvc5


def main() -> None:
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("produce-models", "true")
    solver.setOption("solve-bv-as-int", "sum")
    parser = cvc5.InputParser(solver)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.argv[1])
    symbols = parser.getSymbolManager()
    while not (command := parser.nextCommand()).isNull():
        print(command.invoke(solver, symbols), end="")


if __name__ == "__main__":
    main()
