%% The binary module: match, split, replace, part, at, encode and decode, copy, longest common prefix.
-module(bin_module).
-export([main/0]).

main() ->
    B = <<"the cat sat on the mat">>,
    p([binary:match(B, <<"cat">>), binary:match(B, <<"dog">>), binary:match(B, [<<"sat">>, <<"mat">>]),
       binary:match(B, <<"the">>, [{scope, {5, 15}}])]),
    p([binary:matches(B, <<"at">>), binary:matches(B, [<<"a">>, <<"at">>, <<"t">>]), binary:matches(B, <<"zz">>)]),
    p([binary:split(B, <<" ">>), binary:split(B, <<" ">>, [global]), binary:split(B, [<<"cat">>, <<"on">>], [global, trim]),
       binary:split(<<",a,,b,">>, <<",">>, [global, trim_all]), binary:split(<<",a,">>, <<",">>, [global, trim])]),
    p([binary:replace(B, <<"at">>, <<"og">>), binary:replace(B, <<"at">>, <<"og">>, [global]),
       binary:replace(<<"abcde">>, [<<"b">>, <<"d">>], <<"[]">>, [global, {insert_replaced, 1}])]),
    P = binary:compile_pattern([<<"at">>, <<"he">>]),
    p([binary:matches(B, P), binary:match(B, P), binary:split(B, P)]),
    p([binary:part(B, 4, 3), binary:part(B, {byte_size(B), -3}), binary_part(B, 0, 3), binary:at(B, 4), binary:first(B), binary:last(B)]),
    p([binary:bin_to_list(B, 0, 3), binary:list_to_bin([1, <<2>>]), binary:copy(<<"ab">>, 3), binary:copy(<<>>, 10)]),
    p([binary:longest_common_prefix([<<"erlang">>, <<"ergonomy">>]), binary:longest_common_suffix([<<"erlang">>, <<"fang">>])]),
    p([binary:encode_unsigned(16#ABCDEF), binary:encode_unsigned(16#ABCDEF, little), binary:decode_unsigned(<<1, 0>>),
       binary:decode_unsigned(<<1, 0>>, little), binary:encode_unsigned(0)]),
    p([binary:encode_hex(<<1, 171, 255>>), binary:decode_hex(<<"01abFF">>)]),
    p([split_binary(B, 7), erlang:split_binary(<<>>, 0), binary:referenced_byte_size(<<"xy">>)]),
    p([list_to_binary(lists:reverse(binary_to_list(B))), size(B), byte_size(<<1:9>>), bit_size(B)]),
    p([erlang:crc32(B), erlang:adler32(B), erlang:md5(B), erlang:crc32(77, [B, "x"]), erlang:adler32_combine(1, 2, 3)]),
    p([binary_to_atom(<<"abc">>), atom_to_binary('hello world'), binary_to_existing_atom(<<"ok">>, utf8), binary_to_float(<<"1.5">>)]),
    p([base64:encode(B), base64:decode(<<"aGVsbG8=">>), base64:encode_to_string("hi"), base64:decode(" Zm 9v\n")]),
    [p(refuse(F)) || F <- refused(B)],
    p(wc(<<"one two  three\nfour\n">>)),
    p(rle(<<"aaabccd">>)),
    p(hex(erlang:md5("message digest"))),
    Big = binary:copy(<<"0123456789">>, 10000),
    p([byte_size(Big), binary:match(Big, <<"90">>), length(binary:matches(Big, <<"345">>)), erlang:phash2(Big)]).

p(X) -> io:format("~p~n", [X]).

refused(B) ->
    [fun() -> binary:part(B, 20, 10) end, fun() -> binary:at(B, 100) end, fun() -> binary:match(B, <<>>) end,
     fun() -> binary:match(x, <<"a">>) end, fun() -> binary:split(B, <<>>) end, fun() -> binary:copy(B, -1) end,
     fun() -> split_binary(B, 100) end, fun() -> binary_part(B, 0, 100) end, fun() -> binary:first(<<>>) end,
     fun() -> binary:encode_unsigned(-1) end, fun() -> binary_to_existing_atom(<<"no such atom as this one">>) end,
     fun() -> binary:decode_hex(<<"0">>) end, fun() -> base64:decode("a") end, fun() -> binary:compile_pattern([]) end].

refuse(F) -> try F() catch C:R when is_atom(R) -> {C, R}; C:R -> {C, element(1, R)} end.

wc(B) -> {length(binary:split(B, <<"\n">>, [global, trim])), length(binary:split(B, [<<" ">>, <<"\n">>], [global, trim_all])), byte_size(B)}.

rle(<<C, R/binary>>) -> rle(R, C, 1);
rle(<<>>) -> [].
rle(<<C, R/binary>>, C, N) -> rle(R, C, N + 1);
rle(R, C, N) -> [{N, <<C>>} | rle(R)].

hex(B) -> [integer_to_list(N, 16) || <<N:4>> <= B].
