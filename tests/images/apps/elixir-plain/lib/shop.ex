defmodule Shop do
  @moduledoc "The smallest web service that OTP alone can be."
  use Application

  @impl true
  def start(_type, _args) do
    Supervisor.start_link([{Task, &listen/0}], strategy: :one_for_one)
  end

  defp listen do
    port = Application.fetch_env!(:shop, :port)
    {:ok, socket} = :gen_tcp.listen(port, [:binary, packet: :http_bin, active: false, reuseaddr: true])
    serve(socket)
  end

  defp serve(socket) do
    {:ok, client} = :gen_tcp.accept(socket)
    {:ok, _request} = :gen_tcp.recv(client, 0)
    text = Application.fetch_env!(:shop, :greeting)
    :gen_tcp.send(client, "HTTP/1.0 200 OK\r\ncontent-length: #{byte_size(text)}\r\n\r\n" <> text)
    :gen_tcp.close(client)
    serve(socket)
  end
end
