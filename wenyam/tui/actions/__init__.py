"""What a person may do from the dashboard: every act asks first and goes to the watcher, which records who it was."""
