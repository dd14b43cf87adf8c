"""The pipeline of Courtside: prepare, train, register, score, monitor, retrain. Imports no Streamlit."""
