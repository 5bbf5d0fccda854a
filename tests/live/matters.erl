%% A node with timers, ports, another node, and old code, all of known kinds, which writes down what it says of them.
-module(matters).
-export([start/1, say/1, flood/1]).
-export([wait/1, tick/0]).

start([Other]) ->
    Keep = spawn(fun() -> register(keeper, self()), keep() end),
    Node = list_to_atom(Other),
    Other =:= "" orelse begin true = net_kernel:connect_node(Node) end,
    spawn(fun tick/0),
    Waiting = [begin
                   Pid = spawn(?MODULE, wait, [Ms]),
                   {Pid, erlang:monotonic_time(millisecond) + Ms}
               end || Ms <- [90000, 900000, 9000000, 1000 * 1000 * 1000]],
    register(target, spawn(?MODULE, wait, [infinity])),
    Timers = [erlang:send_after(Ms, whereis(target), {in, Ms, "text", <<"binary">>}) || Ms <- times()]
        ++ [erlang:start_timer(Ms, target, {named, Ms}) || Ms <- times()]
        ++ [erlang:start_timer(Ms, Keep, [Ms]) || Ms <- times()],
    Cancelled = erlang:send_after(60000, Keep, cancelled),
    erlang:cancel_timer(Cancelled),
    old_code(),
    Keep ! {open, self()},
    receive opened -> ok end,
    spawn(fun() -> register(blocked, self()), block() end),
    persistent_term:put(?MODULE, {Timers, Waiting}),
    wait_until(fun() -> whereis(blocked) =/= undefined andalso process_info(whereis(blocked), status) =:= {status, suspended} end),
    ok.

times() -> [30000, 3000000, 4000000000, 16000].

%% A module that is loaded again while one process runs in it and another returns to it.
old_code() ->
    Code = compiled(["-module(stale).", "-export([wait/0, call/0]).", "wait() -> receive never -> ok end.", "call() -> {matters:wait(infinity)}."]),
    {module, stale} = code:load_binary(stale, "stale.erl", Code),
    Pids = [spawn(stale, wait, []), spawn(stale, call, [])],
    wait_until(fun() -> lists:all(fun(P) -> process_info(P, status) =:= {status, waiting} end, Pids) end),
    {module, stale} = code:load_binary(stale, "stale.erl", Code),
    spawn(stale, wait, []),
    ok.

compiled(Lines) ->
    Forms = [begin {ok, Tokens, _} = erl_scan:string(Line), {ok, Form} = erl_parse:parse_form(Tokens), Form end || Line <- Lines],
    {ok, _, Code} = compile:forms(Forms),
    Code.

%% One wheel of timers at least is turned all the time.
tick() -> receive after 20 -> tick() end.

wait(Ms) -> receive never -> ok after Ms -> ok end.

keep() ->
    receive
        {open, From} ->
            Cat = open_port({spawn, "cat"}, [binary]),
            register(cat_port, Cat),
            link(Cat),
            port_command(Cat, <<"hello, world">>),
            receive {Cat, {data, _}} -> ok end,
            {ok, Listen} = gen_tcp:listen(0, [{inet_backend, inet}, binary, {active, false}, {ip, {127, 0, 0, 1}}]),
            {ok, Port} = inet:port(Listen),
            {ok, To} = gen_tcp:connect({127, 0, 0, 1}, Port, [{inet_backend, inet}, binary, {active, false}]),
            {ok, _} = gen_tcp:accept(Listen),
            ok = gen_tcp:send(To, <<"12345">>),
            From ! opened,
            keep();
        _ -> keep()
    end.

%% Writes more than a program takes that never reads.
block() ->
    Port = open_port({spawn, "sleep 120"}, [binary]),
    [port_command(Port, binary:copy(<<"x">>, 100000)) || _ <- [1, 2, 3]],
    wait(infinity).

%% One more process sends more than the other node takes. How many do, when all of them wait for room and the system takes no more.
flood(Node) ->
    Big = binary:copy(<<"y">>, 1000000),
    Others = case get(?MODULE) of undefined -> []; Pids -> Pids end,
    All = [spawn(fun() -> [{sink, Node} ! {N, Big} || N <- lists:seq(1, 100)] end) | Others],
    put(?MODULE, All),
    wait_until(fun() -> stands_still(All) end),
    length(All).

stands_still(Pids) ->
    Before = standing(Pids),
    timer:sleep(300),
    lists:all(fun(Status) -> Status =:= {status, suspended} end, element(1, Before)) andalso standing(Pids) =:= Before.

standing(Pids) ->
    {[process_info(Pid, status) || Pid <- Pids], [{erlang:port_info(Port, output), erlang:port_info(Port, queue_size)} || Port <- erlang:ports()]}.

wait_until(True) ->
    case True() of
        true -> ok;
        false -> timer:sleep(20), wait_until(True)
    end.

say(File) ->
    {Timers, Waiting} = persistent_term:get(?MODULE),
    Lines = [timer(Ref) || Ref <- Timers]
        ++ [["wait", io_lib:format("~p", [Pid]), integer_to_list(At - erlang:monotonic_time(millisecond))] || {Pid, At} <- Waiting]
        ++ [port(Port) || Port <- erlang:ports()]
        ++ [["node", atom_to_list(Node), "visible"] || Node <- nodes(visible)]
        ++ [["node", atom_to_list(Node), "hidden"] || Node <- nodes(hidden)]
        ++ [["known", atom_to_list(Node)] || Node <- nodes(known)]
        ++ [["atoms", integer_to_list(erlang:system_info(atom_count)), integer_to_list(erlang:system_info(atom_limit))],
            ["clock", integer_to_list(erlang:monotonic_time() - erlang:system_info(start_time))]]
        ++ [["oldcode", atom_to_list(M), io_lib:format("~p", [Pid])] || {M, _} <- code:all_loaded(), erlang:check_old_code(M),
            Pid <- processes(), Pid =/= self(), erlang:check_process_code(Pid, M)]
        ++ [["memory", atom_to_list(Of), integer_to_list(Bytes)] || {Of, Bytes} <- erlang:memory()],
    file:write_file(File, [[lists:join($\t, Line), $\n] || Line <- Lines]).

timer(Ref) -> ["timer", io_lib:format("~p", [Ref]), integer_to_list(erlang:read_timer(Ref))].

port(Port) ->
    Info = erlang:port_info(Port),
    {queue_size, Queue} = erlang:port_info(Port, queue_size),
    Name = case erlang:port_info(Port, registered_name) of
               {registered_name, Registered} -> atom_to_list(Registered);
               [] -> ""
           end,
    Item = fun(Of) -> io_lib:format("~p", [proplists:get_value(Of, Info)]) end,
    ["port", io_lib:format("~p", [Port]), proplists:get_value(name, Info), Name, Item(connected),
     lists:join(" ", lists:sort([io_lib:format("~p", [Pid]) || Pid <- proplists:get_value(links, Info)])),
     Item(input), Item(output), integer_to_list(Queue), Item(os_pid)].
