-module(shop_app).
-behaviour(application).
-export([start/2, stop/1, greeting/0]).

start(_Type, _Arguments) ->
    {ok, Port} = application:get_env(shop, port),
    {ok, Socket} = gen_tcp:listen(Port, [binary, {packet, http_bin}, {active, false}, {reuseaddr, true}]),
    {ok, spawn_link(fun() -> serve(Socket) end)}.

stop(_State) ->
    ok.

greeting() ->
    <<"Hello from erlang\n">>.

serve(Socket) ->
    {ok, Client} = gen_tcp:accept(Socket),
    {ok, _Request} = gen_tcp:recv(Client, 0),
    Text = greeting(),
    ok = gen_tcp:send(Client, [<<"HTTP/1.0 200 OK\r\ncontent-length: ">>, integer_to_list(byte_size(Text)), <<"\r\n\r\n">>, Text]),
    gen_tcp:close(Client),
    serve(Socket).
