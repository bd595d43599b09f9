"""The notifier: tells people of each change of an alert."""
