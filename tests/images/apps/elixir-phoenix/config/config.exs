import Config

config :shop, greeting: "Hello from elixir-phoenix\n"
