"""Real servers, real agents and real clients for the tests."""
