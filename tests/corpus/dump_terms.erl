%% Random terms of every kind, kept wherever a crash dump has terms; then the node writes one.
%%
%% The file TERMS has for each: size of the kind's name, the name, size (32 bits), {Number, Term} as term_to_binary gives it.
-module(dump_terms).
-export([main/3]).

%% Mailboxes, a dictionary and a stack get copies; what is made_here is as the process that holds it made it.
places() ->
    [{in_mailbox, fun mailbox/0}, {in_off_heap_mailbox, fun off_heap_mailbox/0}, {in_dictionary, fun dictionary/0}, {on_stack, fun stack/0}].

main(File, Count, Seed) ->
    register(?MODULE, self()),
    Kinds = list_to_tuple(kinds()),
    Places = list_to_tuple([keeper(Name, Keep) || {Name, Keep} <- places()]),
    Part = Count * size(Places) div (size(Places) + 1),
    {ok, Out} = file:open(File, [write, raw, binary, delayed_write]),
    rand:seed(exsss, Seed),
    Of = fun(N) -> element(1 + N div size(Kinds) rem size(Places), Places) end,
    Terms = [{Of(N), element(1 + N rem size(Kinds), Kinds), N} || N <- lists:seq(0, Part - 1)],
    Kept = [{Place, write_term(Out, Kind, {N, term(Kind, 3)})} || {Place, Kind, N} <- Terms],
    [keep(Place, [Term || {In, Term} <- Kept, In =:= Place]) || Place <- tuple_to_list(Places)],
    Main = self(),
    {Holder, Ref} = spawn_monitor(fun() -> made_here(Main, Kinds, Part, Count, Seed) end),
    collect(Holder, Ref, Out),
    ok = file:close(Out),
    erlang:halt("terms of every kind").

write_term(Out, Kind, Term) ->
    Name = atom_to_binary(Kind),
    Binary = term_to_binary(Term),
    ok = file:write(Out, [byte_size(Name), Name, <<(byte_size(Binary)):32>>, Binary]),
    Term.

keeper(Name, Keep) ->
    Pid = spawn(Keep),
    register(Name, Pid),
    Pid.

keep(Pid, Terms) ->
    Ref = monitor(process, Pid),
    Pid ! {keep, self(), Terms},
    receive
        {kept, Pid} -> [Pid ! Term || Term <- Terms];
        {'DOWN', Ref, _, _, Reason} -> error(Reason)
    end.

collect(Holder, Ref, Out) ->
    receive
        {term, Kind, Binary} ->
            ok = file:write(Out, [byte_size(Kind), Kind, <<(byte_size(Binary)):32>>, Binary]),
            collect(Holder, Ref, Out);
        {made, Holder} -> ok;
        {'DOWN', Ref, _, _, Reason} -> error(Reason)
    end.

%% Of a place with copies of all its terms once more on the stack or in the dictionary, the messages are what is wanted.
mailbox() ->
    receive {keep, From, _} -> From ! {kept, self()} end,
    wait().

off_heap_mailbox() ->
    process_flag(message_queue_data, off_heap),
    mailbox().

dictionary() ->
    receive
        {keep, From, Terms} ->
            [put(N, Term) || {N, Term} <- Terms],
            drop(From)
    end.

stack() ->
    receive
        {keep, From, Terms} ->
            drop(From),
            Terms
    end.

%% Not as messages too.
drop(From) ->
    From ! {kept, self()},
    discard().

discard() ->
    receive
        {_, _} -> discard();
        never -> ok
    end.

made_here(Main, Kinds, From, To, Seed) ->
    register(made_here, self()),
    rand:seed(exsss, Seed + 1),
    Named = [{element(1 + N rem size(Kinds), Kinds), N} || N <- lists:seq(From, To - 1)],
    Terms = [begin
                 Term = {N, term(Kind, 3)},
                 Main ! {term, atom_to_binary(Kind), term_to_binary(Term)},
                 Term
             end || {Kind, N} <- Named],
    Main ! {made, self()},
    wait(),
    Terms.

wait() -> receive never -> ok end.

%% Bit strings do not come inside other terms: a dump cannot tell them.
kinds() ->
    [small, integer, big, atom, odd_atom, unicode_atom, float, nil, empty, text, binary, heap_binary, long_binary, part, part_of_part,
     written, list, string, improper, tuple, large_tuple, map, large_map, nested_map, local_fun, external_fun, pid, port, reference,
     far_pid, far_port, far_reference, alias, magic, deep, literal, shared, mixed, bits].

term(small, _) -> rand:uniform(2000) - 1000;
term(integer, _) -> sign() * rand:uniform(1 bsl 62);
term(big, _) -> sign() * rand:uniform(1 bsl (58 + rand:uniform(1000)));
term(atom, _) -> pick([a, ok, error, undefined, true, '', 'an atom', nonode@nohost]);
term(odd_atom, _) -> pick(['=proc:<0.1.2>', 'a:b', 'a|b,c', 'it\'s', '\\', 'two\nlines', 'H7F10:', 'A3:abc']);
term(unicode_atom, _) -> list_to_atom([character() || _ <- lists:seq(1, rand:uniform(20))]);
term(float, _) -> float();
term(nil, _) -> [];
term(empty, _) -> pick([<<>>, {}, #{}, "", '']);
term(text, _) -> unicode:characters_to_binary([character() || _ <- lists:seq(1, rand:uniform(40))]);
term(binary, _) -> rand:bytes(rand:uniform(200) - 1);
term(heap_binary, _) -> rand:bytes(rand:uniform(65) - 1);
term(long_binary, _) -> rand:bytes(64 + rand:uniform(4000));
term(part, _) -> part(rand:bytes(rand:uniform(500)));
term(part_of_part, _) -> part(part(rand:bytes(100 + rand:uniform(500))));
term(written, _) -> lists:foldl(fun(N, Built) -> <<Built/binary, N:(8 * (1 + N rem 3))>> end, <<>>, lists:seq(1, rand:uniform(300)));
term(bits, _) ->
    Bytes = rand:bytes(1 + rand:uniform(300)),
    Skip = rand:uniform(bit_size(Bytes)) - 1,
    Take = rand:uniform(bit_size(Bytes) - Skip),
    <<_:Skip, Bits:Take/bits, _/bits>> = Bytes,
    Bits;
term(list, Depth) -> [any(Depth) || _ <- lists:seq(1, rand:uniform(30))];
term(string, _) -> [rand:uniform(256) - 1 || _ <- lists:seq(1, rand:uniform(300))];
term(improper, Depth) -> [any(Depth), any(Depth) | pick([tail, 17, {any(Depth)}])];
term(tuple, Depth) -> list_to_tuple([any(Depth) || _ <- lists:seq(1, rand:uniform(10) - 1)]);
term(large_tuple, _) -> erlang:make_tuple(200 + rand:uniform(200), any(1));
term(map, Depth) -> maps:from_list([{any(0), any(Depth)} || _ <- lists:seq(1, rand:uniform(33) - 1)]);
term(large_map, _) -> maps:from_list([{any(0), any(0)} || _ <- lists:seq(1, 33 + rand:uniform(500))]);
term(nested_map, Depth) -> lists:foldl(fun(N, Map) -> #{N => Map, {key, Map} => any(Depth)} end, #{}, lists:seq(1, 4));
term(local_fun, Depth) -> closure(any(Depth), any(0), rand:uniform(5));
term(external_fun, _) -> pick([fun lists:map/2, fun erlang:node/0, fun no_such_module:no_such_function/77, fun ?MODULE:main/3]);
term(pid, _) -> pick([self(), spawn(fun() -> ok end) | lists:sublist(erlang:processes(), 20)]);
term(port, _) -> pick(erlang:ports());
term(reference, _) -> make_ref();
term(far_pid, _) -> far(<<88, (node_name())/binary, (word()):32, (word()):32, (creation()):32>>);
term(far_port, _) ->
    pick([far(<<89, (node_name())/binary, (rand:uniform(1 bsl 28) - 1):32, (creation()):32>>),
          far(<<120, (node_name())/binary, (rand:uniform(1 bsl 63)):64, (creation()):32>>)]);
term(far_reference, _) ->
    Count = rand:uniform(5),
    far(<<90, Count:16, (node_name())/binary, (creation()):32, << <<(word() band 16#3ffff):32>> || _ <- lists:seq(1, Count) >>/binary>>);
term(alias, _) -> alias();
term(magic, _) -> pick([atomics:new(1, []), ets:new(unnamed, []), counters:new(1, [])]);
term(deep, _) -> lists:foldl(fun wrap/2, any(0), lists:seq(1, rand:uniform(300)));
term(literal, _) -> pick([{literal, [1, 2.5, <<"binary">>], #{a => b}}, "text", #{1 => 2}, 123456789012345678901234567890]);
term(shared, Depth) ->
    One = any(Depth),
    Two = {One, One},
    [Two, One, #{Two => Two}];
term(mixed, Depth) -> any(Depth).

any(Depth) when Depth =< 0 -> term(pick([small, integer, atom, odd_atom, float, heap_binary, text, reference, pid, big]), 0);
any(Depth) ->
    Kind = pick(kinds() -- [large_map, large_tuple, deep, bits, magic, long_binary]),
    term(Kind, Depth - 2).

part(Binary) ->
    From = rand:uniform(byte_size(Binary)) - 1,
    binary:part(Binary, From, rand:uniform(byte_size(Binary) - From)).

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
node_name() -> pick([<<119, 7, "one@far">>, <<119, 9, "two@", 16#c3, 16#a9, "far">>, <<119, 13, "nonode@nohost">>]).
creation() -> pick([1, 2, 16#deadbeef]).
word() -> rand:uniform(1 bsl 28) - 1.

sign() -> pick([1, -1]).
pick(List) -> lists:nth(rand:uniform(length(List)), List).
