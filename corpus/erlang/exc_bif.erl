%% Errors of built-in functions: reason, the trace's first entry with its arguments and error_info, formatted text.
-module(exc_bif).
-export([main/0]).

main() ->
    [show(M, F, A) || {M, F, A} <- calls()],
    [text(M, F, A) || {M, F, A} <- calls()].

show(M, F, A) ->
    try apply(M, F, A) of V -> io:format("~w:~w -> ~p~n", [M, F, V])
    catch C:R:S ->
        {M1, F1, A1, I} = hd(S),
        io:format("~w:~w ~w:~p ~p~n", [M, F, C, R, {M1, F1, A1, lists:keydelete(file, 1, lists:keydelete(line, 1, I))}])
    end.

%% The text that explains which argument is wrong comes from erl_error and the error_info in the trace.
text(M, F, A) ->
    try apply(M, F, A) of _ -> ok
    catch C:R:S ->
        Opts = #{stack_trim_fun => fun(Mod, _, _) -> Mod =:= ?MODULE orelse Mod =:= init end},
        io:format("~ts~n", [erl_error:format_exception(C, R, S, Opts)])
    end.

calls() ->
    [{erlang, F, A} || {F, A} <- [{atom_to_list, [1]}, {list_to_atom, [{}]}, {list_to_atom, [lists:duplicate(300, $a)]}, {element, [3, {a, b}]}, {element, [x, {}]},
      {setelement, [0, {a}, b]}, {hd, [[]]}, {tl, [x]}, {length, [[a | b]]}, {tuple_size, [[]]}, {byte_size, [1]}, {map_size, [[]]}, {'+', [a, 1]}, {'/', [1, 0]},
      {'div', [1, 0]}, {'bsl', [1, a]}, {'++', [a, []]}, {'--', [[], b]}, {'!', [not_registered, hi]}, {list_to_integer, ["x"]}, {binary_to_integer, [<<"1.5">>]},
      {list_to_float, ["1"]}, {integer_to_list, [1, 40]}, {list_to_binary, [[a]]}, {binary_to_list, [<<1>>, 2, 3]}, {binary_part, [<<1, 2>>, 1, 5]}, {split_binary, [<<>>, 1]},
      {list_to_tuple, [x]}, {tuple_to_list, [x]}, {make_tuple, [-1, a]}, {register, [x, self_not]}, {whereis, ["x"]}, {unregister, [nobody_here]}, {send, [nobody_here, x]},
      {link, [x]}, {monitor, [process, 5]}, {exit, [x, y]}, {process_info, [x, messages]}, {process_flag, [trap_exit, maybe]}, {is_process_alive, [a]}, {apply, [lists, map, [x]]},
      {spawn, [x]}, {spawn, [a, b, c]}, {binary_to_term, [<<131, 255>>]}, {binary_to_term, [<<1, 2>>]}, {binary_to_atom, [<<255>>, utf8]}, {binary_to_existing_atom, [<<"never seen atom x">>]}, {float_to_list, [1]},
      {float, [a]}, {round, [a]}, {trunc, ["1"]}, {abs, [[]]}, {max, [1, 2]}, {list_to_existing_atom, ["never seen atom y"]}, {put, [a, 1]}, {get, [a]}, {map_get, [a, #{}]}, {map_get, [a, b]},
      {is_map_key, [a, b]}, {phash2, [a, 0]}, {send_after, [-1, nobody, x]}, {start_timer, [a, nobody, x]}, {cancel_timer, [x]}, {fun_info, [x, name]}, {make_fun, [a, b, -1]},
      {function_exported, [a, b, c]}, {raise, [bad, b, c]}, {halt, [-1]}, {system_info, [nothing]}, {system_flag, [a, b]}, {iolist_size, [a]}, {crc32, [[x]]}, {unique_integer, [[x]]},
      {monotonic_time, [lightyears]}, {convert_time_unit, [1, second, x]}, {error, [a, b]}]]
    ++ [{lists, F, A} || {F, A} <- [{keyfind, [a, 0, []]}, {keyfind, [a, 1, b]}, {member, [a, b]}, {reverse, [a, []]}, {keysearch, [a, x, []]}, {nth, [0, [a]]}]]
    ++ [{maps, F, A} || {F, A} <- [{get, [a, #{}]}, {get, [a, b]}, {from_list, [[a]]}, {keys, [a]}, {merge, [#{}, x]}, {remove, [a, b]}, {put, [a, b, c]}, {take, [a, x]}, {update, [a, 1, #{}]}, {find, [a, []]}]]
    ++ [{binary, F, A} || {F, A} <- [{at, [<<>>, 0]}, {part, [<<1>>, 0, 2]}, {match, [<<>>, <<>>]}, {split, [<<>>, <<>>]}, {copy, [<<>>, -1]}, {encode_unsigned, [a]}, {first, [<<>>]}]]
    ++ [{math, sqrt, [-1]}, {math, log, [a]}, {ets, lookup, [nothing, 1]}, {ets, insert, [nothing, {a}]}, {unicode, characters_to_list, [a]}, {persistent_term, get, [never_put]}, {os, getenv, [1]},
        {io, format, ["~p"]}, {io, format, ["~p", []]}, {io, put_chars, [a]}, {string, length, [a]}, {proplists, get_value, [a, b]}, {gb_trees, get, [a, {0, nil}]}].
