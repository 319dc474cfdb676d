"""Entry point of the command `ringback`."""

from ringback.cli import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
