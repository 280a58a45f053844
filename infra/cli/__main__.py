"""`python -m infra.cli` is `greenshift`."""

from infra.cli.main import main

if __name__ == "__main__":
    main()
