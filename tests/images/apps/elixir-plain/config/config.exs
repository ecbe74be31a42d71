import Config

config :shop, greeting: "Hello from elixir-plain\n"
