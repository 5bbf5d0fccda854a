%% Processes that spend their time in native code, called from twenty frames deep.
-module(native_busy).
-export([start/1]).
-export([deep/2]).

%% The names that they are registered by.
start(_) ->
    [begin spawn(fun() -> register(Name, self()), deep(20, Work) end), Name end || {Name, Work} <- works()].

deep(0, Work) -> again(Work);
deep(N, Work) -> [N | deep(N - 1, Work)].

%% The compiler must believe that it may return.
again(Work) ->
    case Work() of
        never -> [];
        _ -> again(Work)
    end.

works() ->
    List = lists:seq(1, 20000),
    Tuples = [{I, integer_to_list(I)} || I <- lists:seq(1, 2000)],
    Binary = term_to_binary(Tuples),
    [{reversing, fun() -> lists:reverse(List) end},
     {finding, fun() -> lists:keyfind(none, 1, Tuples) end},
     {packing, fun() -> term_to_binary(Tuples) end},
     {unpacking, fun() -> binary_to_term(Binary) end},
     {hashing, fun() -> erlang:md5(Binary) end},
     {collecting, fun() -> garbage_collect() end},
     {building, fun() -> [{I, I} || I <- List] end},
     {storing, fun() -> put(table, ets:new(t, [])), ets:insert(get(table), Tuples), ets:delete(get(table)) end},
     {sending, fun() -> self() ! Tuples, receive _ -> ok end end},
     {matching, fun() -> re:run(Binary, "(a+)+b") end}].
