%% A node with one of everything that a crash dump can have, which then writes one.
-module(dumped).
-export([go/0, wait/0]).

wait() -> receive never -> ok end.

go() ->
    ets:new(numbers, [named_table, ordered_set, public]),
    ets:insert(numbers, [{I, foo} || I <- lists:seq(1, 100)]),
    ets:new(bag, [bag, private]),
    persistent_term:put({?MODULE, key}, {some, "value", 12345678901234567890}),
    P = spawn_link(?MODULE, wait, []),
    register('odd name', P),
    erlang:send_after(100000, P, {timer_message, <<"bin">>, [1, -2], self()}),
    erlang:start_timer(200000, some_name, hello),
    R = erlang:monitor(process, P),
    Port = open_port({spawn, "cat"}, [binary]),
    register(cat_port, Port),
    process_flag(trap_exit, true),
    send_terms(P, R, Port),
    seq_trace:set_token(label, 17),
    seq_trace:set_token(send, true),
    P ! traced_message,
    seq_trace:set_token([]),
    put(key, {value, 'quoted atom', "string"}),
    put("list key", R),
    S = spawn(fun() -> process_flag(sensitive, true), put(secret, yes), wait() end),
    S ! secret_message,
    spawn(fun() -> try wait(), ok catch _:_ -> bad end, self() ! x, 1 end),
    spawn_opt(fun() -> wait() end, [{priority, high}]),
    spawn(fun Loop() -> lists:seq(1, 1000), Loop() end),
    timer:sleep(300),
    erlang:halt("a slogan with \"quotes\" and\na second line").

send_terms(P, R, Port) ->
    Big = binary:copy(<<"0123456789">>, 100),
    <<_:7/binary, Sub:500/binary, _/binary>> = Big,
    F = fun(X) -> {X, R, Big} end,
    P ! {all, [1, -2, 1 bsl 70, -(1 bsl 100), 1.5, -2.0e-10, 1.0e300], R, Port, F,
         fun lists:map/2, Big, Sub, #{a => 1, "b" => 2}, #{}, {}, [], <<>>, self()},
    P ! maps:from_list([{I, I * I} || I <- lists:seq(1, 100)]),
    P ! [a | b],
    P ! Sub,
    P ! binary_to_term(<<131, 88, 100, 0, 5, "x@foo", 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 3>>),
    P ! binary_to_term(<<131, 90, 0, 3, 100, 0, 5, "x@foo", 0, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0, 8,
                         0, 0, 0, 7>>),
    P ! binary_to_term(<<131, 89, 100, 0, 5, "x@foo", 0, 0, 0, 4, 0, 0, 0, 3>>).
