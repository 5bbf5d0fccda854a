%% ets: match patterns, match specifications, select with limits, select_delete, select_count, select_replace, fun2ms.
-module(ets_match).
-export([main/0]).
-include_lib("stdlib/include/ms_transform.hrl").

main() ->
    T = ets:new(people, [ordered_set, {keypos, 1}]),
    ets:insert(T, [{1, ann, 30, [erlang]}, {2, bob, 25, [c, lisp]}, {3, cid, 41, []}, {4, dan, 25, [erlang, c]}, {5, eve, 37, [c]}]),
    p(ets:match(T, {'$1', '$2', 25, '_'})), p(ets:match(T, {'$2', '_', '$1', [erlang | '_']})), p(ets:match_object(T, {'_', '_', 25, '_'})), p(ets:match(T, '$1')), p(ets:match_object(T, {'_', bob, '_'})),
    p(ets:match(T, {'$1', '_', '_', ['$1']})), p(ets:match_delete(ets_copy(T), {'_', '_', 25, '_'})), p(ets:match(T, {'$1', '_', '_', '_'}, 2) =/= x), p(all_pages(T, {'$1', '_', '_', '_'}, 2)),
    p(ets:select(T, [{{'$1', '$2', '$3', '_'}, [{'>', '$3', 29}], ['$2']}])), p(ets:select(T, [{{'$1', '$2', '$3', '_'}, [{'=<', '$3', 30}, {'=/=', '$2', bob}], [{{'$1', '$3'}}]}])),
    p(ets:select(T, [{{'_', '$1', '$2', '_'}, [{'orelse', {'==', '$2', 41}, {'andalso', {'<', '$2', 26}, {is_atom, '$1'}}}], ['$$']}])), p(ets:select(T, [{{'$1', '_', '_', '$2'}, [{'==', {length, '$2'}, 1}], [{{'$1', {hd, '$2'}}}]}])),
    p(ets:select(T, [{{'$1', '_', '$2', '_'}, [{'==', {'rem', '$1', 2}, 0}], [{'+', '$1', {'*', '$2', 100}}]}])), p(ets:select(T, [{{'$1', ann, '_', '_'}, [], ['$_']}, {{'$1', eve, '_', '_'}, [], [{{found, '$1'}}]}])),
    p(ets:select(T, [{{'$1', '_', '_', '_'}, [{'>', '$1', {const, 3}}], [{const, {a, '$1'}}]}])), p(ets:select(T, [{{'$1', '$2', '_', '_'}, [{is_integer, '$1'}, {'not', {'==', '$2', cid}}], [[{element, 2, '$_'}, '$1']]}])),
    {L, C} = ets:select(T, [{{'$1', '_', '_', '_'}, [], ['$1']}], 2), {L2, C2} = ets:select(C), {L3, End} = ets:select(C2), p([L, L2, L3, End, ets:select(End)]), p(ets:select_reverse(T, [{{'$1', '_', '_', '_'}, [], ['$1']}])),
    p([ets:select_count(T, [{{'_', '_', '$1', '_'}, [{'==', '$1', 25}], [true]}]), ets:select_delete(T, [{{'$1', '_', '_', '_'}, [{'==', '$1', 3}], [true]}]), ets:info(T, size), ets:select_replace(T, [{{'$1', '$2', '$3', '$4'}, [{'<', '$3', 30}], [{{'$1', '$2', {'+', '$3', 1}, '$4'}}]}]), ets:tab2list(T)]),
    p(ets:select(T, ets:fun2ms(fun({Id, Name, Age, _}) when Age > 26 -> {Name, Id} end))), p(ets:fun2ms(fun({A, B, _, [_ | _]} = X) when is_atom(B), A + 1 > 2; A =:= 0 -> {X, [A]} end)),
    p(ets:test_ms({1, 2}, [{{'$1', '$2'}, [{'<', '$1', '$2'}], ['$1']}])), p(ets:match_spec_run([{1}, {2}, {3}], ets:match_spec_compile([{{'$1'}, [{'>', '$1', 1}], ['$1']}]))), p([ets:is_compiled_ms(ets:match_spec_compile([{'_', [], [true]}]))]),
    p([refuse(fun() -> ets:select(T, [{{'$1'}, [{nonsense, '$1'}], ['$1']}]) end), refuse(fun() -> ets:select(T, [bad]) end), refuse(fun() -> ets:select(T, []) end), refuse(fun() -> ets:match(nonexistent, '_') end)]),
    kinds(), maps_(), bags(), guards_fail(T).

p(X) -> io:format("~p~n", [X]).
refuse(F) -> try F() catch C:R -> {C, R} end.
ets_copy(T) -> C = ets:new(c, []), ets:insert(C, ets:tab2list(T)), C.

all_pages(T, P, N) -> pages(ets:match(T, P, N)).
pages('$end_of_table') -> [];
pages({L, C}) -> [L | pages(ets:match(C))].

kinds() -> T = ets:new(k, []), ets:insert(T, [{X} || X <- [a, 1, 1.5, "s", {t, 1}, <<"b">>, #{k => v}, [], self()]]), p([length(ets:select(T, [{{'$1'}, [{Is, '$1'}], ['$1']}])) || Is <- [is_atom, is_integer, is_float, is_number, is_list, is_tuple, is_binary, is_map, is_pid, is_function, is_reference, is_port]]), p(lists:sort(ets:select(T, [{{'$1'}, [{is_tuple, '$1'}], [{{{size, '$1'}, {element, 1, '$1'}}}]}, {{'$1'}, [{is_map, '$1'}], [{map_size, '$1'}]}, {{'$1'}, [{is_binary, '$1'}], [{byte_size, '$1'}]}]))).
maps_() -> T = ets:new(m, []), ets:insert(T, [{1, #{type => a, n => 5}}, {2, #{type => b}}, {3, no_map}]), p([ets:match_object(T, {'_', #{type => a}}), lists:sort(ets:match(T, {'$1', #{type => '_'}})), ets:select(T, [{{'$1', #{n => '$2'}}, [], [#{key => '$1', val => '$2'}]}]), ets:select(T, [{{'$1', '$2'}, [{is_map_key, n, '$2'}], [{map_get, n, '$2'}]}])]).
bags() -> T = ets:new(b, [bag]), ets:insert(T, [{k, 1}, {k, 2}, {l, 3}, {k, 1}]), p([lists:sort(ets:match(T, {k, '$1'})), ets:select_count(T, [{{k, '_'}, [], [true]}]), ets:match_delete(T, {k, 1}), lists:sort(ets:tab2list(T))]).
guards_fail(T) -> p([ets:select(T, [{{'$1', '_', '_', '_'}, [{'>', {hd, '$1'}, 0}], ['$1']}]), ets:select(T, [{{'$1', '_', '_', '_'}, [], [{'/', '$1', 0}]}, {{'$1', '_', '_', '_'}, [], [x]}]), ets:select(T, [{{'$1', '$2', '$3', '$4'}, [{'and', true, {'xor', true, false}}, {'=:=', {'bsl', '$1', 1}, {'div', {abs, -8}, 2}}], [{{'$4', {self}}}]}]) =/= x]).
