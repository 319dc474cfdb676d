pytest_plugins = ["tests.asterisk.fixtures", "tests.postgres"]
