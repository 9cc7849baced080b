"""Rules that every object has to keep, as a Pulumi policy pack and for the tests."""
