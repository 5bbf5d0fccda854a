%% Terms of every kind, at random from a seed, in every place where a node keeps terms. What the node says of each goes into the
%% file "terms": {Number, Term} as term_to_binary gives it, one after the other behind its size.
-module(terms).
-export([start/1, same/1]).

%% Places and how many terms: mailboxes (plain, off-heap), a stack, a dictionary, tables of all types.
start([Seed, Count]) ->
    rand:seed(exsss, list_to_integer(Seed)),
    Kinds = list_to_tuple(kinds()),
    Terms = [{I, term(element(1 + I rem tuple_size(Kinds), Kinds), 4)} || I <- lists:seq(1, list_to_integer(Count))],
    ok = file:write_file("terms", [sized(term_to_binary(T)) || T <- Terms]),
    persistent_term:put(terms, maps:from_list(Terms)),
    [place(Name, Keep, Terms) || {Name, Keep} <- places()],
    [table(Name, Options, Terms) || {Name, Options} <- tables()],
    ok.

sized(Binary) -> <<(byte_size(Binary)):32, Binary/binary>>.

%% Which of these binaries are not the terms they should be, read back.
same(File) ->
    {ok, Bytes} = file:read_file(File),
    Terms = persistent_term:get(terms),
    [I || <<I:32, Size:32, Binary:Size/binary>> <= Bytes, binary_to_term(Binary) =/= {I, maps:get(I, Terms)}].

places() ->
    [{in_mailbox, fun mailbox/0}, {in_off_heap_mailbox, fun off_heap_mailbox/0}, {on_stack, fun stack/0}, {in_dictionary, fun dictionary/0}].

tables() ->
    [{in_set, [set]}, {in_bag, [bag]}, {in_duplicate_bag, [duplicate_bag]}, {in_ordered_set, [ordered_set]},
     {in_shared_tree, [ordered_set, {write_concurrency, true}]}, {in_shared_set, [set, {write_concurrency, auto}]},
     {in_compressed_set, [set, compressed]}, {in_compressed_tree, [ordered_set, compressed]}].

table(Name, Options, Terms) ->
    ets:new(Name, [named_table, public | Options]),
    [ets:insert(Name, T) || T <- Terms].

place(Name, Keep, Terms) ->
    Pid = spawn(Keep),
    register(Name, Pid),
    Ref = monitor(process, Pid),
    [Pid ! Message || Message <- [{terms, self(), Terms} | Terms], Name =/= on_stack orelse element(1, Message) =:= terms,
                      Name =/= in_dictionary orelse element(1, Message) =:= terms],
    receive
        {kept, Pid} -> ok;
        {'DOWN', Ref, _, _, Reason} -> error(Reason)
    end.

mailbox() -> receive {terms, From, _} -> wait(From) end.

off_heap_mailbox() ->
    process_flag(message_queue_data, off_heap),
    mailbox().

stack() -> receive {terms, From, Terms} -> keep(From, Terms) end.

keep(From, Terms) ->
    wait(From),
    Terms.

dictionary() ->
    receive {terms, From, Terms} -> [put(I, T) || {I, T} <- Terms], wait(From) end.

wait(From) ->
    From ! {kept, self()},
    receive never -> never end.

kinds() ->
    [integer, big, float, atom, unicode, binary, heap_binary, long_binary, part, bits, writable, list, string, improper, tuple, large_tuple,
     map, large_map, nested_map, local_fun, external_fun, pid, port, reference, far_pid, far_port, far_reference, alias, magic, deep,
     literal, mixed].

term(integer, _) -> sign() * (1 bsl rand:uniform(61)) + rand:uniform(3) - 2;
term(big, _) -> sign() * binary:decode_unsigned(rand:bytes(8 * rand:uniform(64) + rand:uniform(8)));
term(float, _) -> float();
term(atom, _) -> pick([ok, error, '', undefined, 'an atom', list_to_atom("a" ++ integer_to_list(rand:uniform(100000)))]);
term(unicode, _) -> binary_to_atom(unicode:characters_to_binary([character() || _ <- lists:seq(1, rand:uniform(255))]));
term(binary, _) -> rand:bytes(rand:uniform(200) - 1);
term(heap_binary, _) -> rand:bytes(rand:uniform(65) - 1);
term(long_binary, _) -> rand:bytes(64 + rand:uniform(4000));
term(part, _) ->
    Binary = rand:bytes(rand:uniform(500)),
    From = rand:uniform(byte_size(Binary)) - 1,
    binary:part(Binary, From, rand:uniform(byte_size(Binary) - From));
term(bits, _) ->
    Bytes = rand:bytes(1 + rand:uniform(300)),
    Skip = rand:uniform(bit_size(Bytes)) - 1,
    Take = rand:uniform(bit_size(Bytes) - Skip),
    <<_:Skip, Bits:Take/bits, _/bits>> = Bytes,
    Bits;
term(writable, _) -> lists:foldl(fun(N, Built) -> <<Built/bits, N:(1 + N rem 13)>> end, <<>>, lists:seq(1, rand:uniform(300)));
term(list, Depth) -> [any(Depth) || _ <- lists:seq(1, rand:uniform(30))];
term(string, _) -> [rand:uniform(256) - 1 || _ <- lists:seq(1, rand:uniform(300))];
term(improper, Depth) -> [any(Depth), any(Depth) | pick([tail, 17, any(Depth)])];
term(tuple, Depth) -> list_to_tuple([any(Depth) || _ <- lists:seq(1, rand:uniform(10) - 1)]);
term(large_tuple, _) -> erlang:make_tuple(200 + rand:uniform(200), any(1));
term(map, Depth) -> maps:from_list([{any(0), any(Depth)} || _ <- lists:seq(1, rand:uniform(33) - 1)]);
term(large_map, _) -> maps:from_list([{any(0), any(0)} || _ <- lists:seq(1, 33 + rand:uniform(500))]);
term(nested_map, Depth) -> lists:foldl(fun(N, Map) -> #{N => Map, {key, Map} => any(Depth)} end, #{}, lists:seq(1, 4));
term(local_fun, Depth) -> closure(any(Depth), any(0), rand:uniform(5));
term(external_fun, _) -> pick([fun lists:map/2, fun erlang:node/0, fun no_such_module:no_such_function/77, fun ?MODULE:start/1]);
term(pid, _) -> pick([self(), spawn(fun() -> ok end) | processes_now()]);
term(port, _) -> pick(erlang:ports());
term(reference, _) -> make_ref();
term(far_pid, _) -> far(<<88, (atom())/binary, (word()):32, (word()):32, (creation()):32>>);
term(far_port, _) ->
    pick([far(<<89, (atom())/binary, (rand:uniform(1 bsl 28) - 1):32, (creation()):32>>),
          far(<<120, (atom())/binary, (rand:uniform(1 bsl 63)):64, (creation()):32>>)]);
term(far_reference, _) ->
    Count = rand:uniform(5),
    far(<<90, Count:16, (atom())/binary, (creation()):32, << <<(word() band 16#3ffff):32>> || _ <- lists:seq(1, Count) >>/binary>>);
term(alias, _) -> alias();
term(magic, _) -> pick([atomics:new(1, []), ets:new(unnamed, []), counters:new(1, [])]);
term(deep, _) -> lists:foldl(fun wrap/2, any(0), lists:seq(1, rand:uniform(300)));
term(literal, _) -> pick([{literal, [1, 2.5, <<"binary">>], #{a => b}}, "text", #{1 => 2}, 123456789012345678901234567890]);
term(mixed, Depth) -> any(Depth).

any(Depth) when Depth =< 0 -> term(pick([integer, integer, atom, float, heap_binary, reference, pid, big]), 0);
any(Depth) ->
    Kind = pick(kinds()),
    case lists:member(Kind, [large_map, large_tuple, deep, far_pid, far_port, far_reference]) of
        true -> any(0);
        false -> term(Kind, Depth - 2)
    end.

closure(A, B, 1) -> fun() -> {A, B} end;
closure(A, _, 2) -> fun(X) -> {A, X} end;
closure(A, B, 3) -> fun(_, _, _) -> [A | B] end;
closure(_, _, 4) -> fun() -> nothing end;
closure(A, B, 5) -> fun Loop(X) -> Loop({A, B, X}) end.

wrap(N, Term) when N rem 3 =:= 0 -> [Term];
wrap(N, Term) when N rem 3 =:= 1 -> {Term, N};
wrap(N, Term) -> #{N => Term}.

float() ->
    case rand:bytes(8) of
        <<F/float>> -> pick([F, 0.0, -0.0, 1.0, 1.7976931348623157e308, 5.0e-324]);
        _ -> float()
    end.

character() -> pick([$a, $Z, 16#e9, 16#df, 16#3b1, 16#4e2d, 16#20ac, 16#1f600]).

%% Of few nodes: the runtime keeps a table of all it has heard of.
far(Bytes) -> binary_to_term(<<131, Bytes/binary>>).
atom() -> pick([<<119, 7, "one@far">>, <<119, 9, "two@", 16#c3, 16#a9, "far">>, <<119, 13, "nonode@nohost">>]).
creation() -> pick([1, 2, 16#deadbeef]).
word() -> rand:uniform(1 bsl 28) - 1.

processes_now() -> lists:sublist(erlang:processes(), 20).
sign() -> pick([1, -1]).
pick(List) -> lists:nth(rand:uniform(length(List)), List).
