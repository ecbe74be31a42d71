defmodule ShopTest do
  use ExUnit.Case

  test "it greets" do
    assert Application.fetch_env!(:shop, :greeting) =~ "Hello"
  end
end
