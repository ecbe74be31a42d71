defmodule Shop.MixProject do
  use Mix.Project

  def project do
    [app: :shop, version: "1.0.0", elixir: "~> 1.18", deps: [], aliases: ["assets.deploy": &deploy/1]]
  end

  def application do
    [mod: {Shop, []}, extra_applications: [:logger]]
  end

  # Stands for the task of Phoenix, whose packages no index here has: puts the assets where the release takes them from.
  defp deploy(_arguments) do
    File.mkdir_p!("priv/static")
    File.cp!("assets/app.js", "priv/static/app.js")
  end
end
