%% The unicode module: conversions between encodings, incomplete and broken input, normal forms, ~ts.
-module(str_unicode).
-export([main/0]).

main() ->
    S = [$a, 16#E9, 16#20AC, 16#1F600],
    U8 = unicode:characters_to_binary(S),
    p([U8, unicode:characters_to_list(U8), unicode:characters_to_list(U8, utf8)]),
    p([unicode:characters_to_binary(S, unicode, E) || E <- [utf8, utf16, {utf16, little}, utf32, {utf32, little}, {utf16, big}]]),
    p([unicode:characters_to_list(unicode:characters_to_binary(S, unicode, E), E) =:= S || E <- [utf8, utf16, {utf16, little}, utf32]]),
    p([unicode:characters_to_binary("é", latin1), unicode:characters_to_binary(<<233>>, latin1, utf8), unicode:characters_to_binary(S, utf8, latin1)]),
    p([unicode:characters_to_binary([<<"ab">>, [$c, [<<"d">>]], 16#E9]), unicode:characters_to_list([U8, $!, [U8]])]),
    p([unicode:characters_to_binary(B) || B <- [<<16#C3>>, <<"ab", 16#E2, 16#82>>, <<"a", 16#FF, "b">>, <<16#F0, 16#9F>>, [<<16#C3>>, <<16#A9>>]]]),
    p([unicode:characters_to_list(B) || B <- [<<16#C3>>, <<"ab", 16#E2, 16#82>>, <<"a", 16#FF, "b">>, <<"ok">>, ["x", <<16#C3>>, "y"]]]),
    p([unicode:characters_to_binary([16#D800]), unicode:characters_to_list([16#110000]), unicode:characters_to_binary([$a, 16#DFFF, $b])]),
    p([refuse(fun() -> unicode:characters_to_binary(id(x)) end), refuse(fun() -> unicode:characters_to_list([id(a)]) end), refuse(fun() -> unicode:characters_to_list(["a" | id(b)]) end)]),
    p([unicode:bom_to_encoding(B) || B <- [<<16#EF, 16#BB, 16#BF, "x">>, <<16#FE, 16#FF>>, <<16#FF, 16#FE>>, <<"none">>]]),
    p([unicode:encoding_to_bom(E) || E <- [utf8, utf16, utf32, latin1]]),
    p([F("e\x{301}\x{212B}") || F <- [fun unicode:characters_to_nfc_list/1, fun unicode:characters_to_nfd_list/1, fun unicode:characters_to_nfkc_list/1, fun unicode:characters_to_nfkd_list/1]]),
    p([unicode:characters_to_nfc_binary("e\x{301}"), unicode:characters_to_nfd_binary("é")]),
    io:format("~ts|~tp|~tw|~p|~w~n", [S, S, S, S, S]),
    io:format("~ts ~ts ~p ~tp~n", [U8, <<"plain">>, U8, U8]),
    io:format("~s|~tc|~c|~tc~n", ["é", 16#E9, 16#E9, 16#20AC]),
    io:format("~10ts|~-10ts|~.3ts|~5.1ts|~n", ["åäö", "åäö", "åäöåäö", "xyz"]),
    io:format("~p ~tp~n", ['atom é', 'atom é']),
    io:format("~p ~tp ~w~n", ['λ', 'λ', 'λ']),
    io:format("~tp~n", [#{"ключ" => <<"значение"/utf8>>}]),
    p([io_lib:format("~ts", [<<"é"/utf8>>]), io_lib:format("~tp", ["λ"]), refuse(fun() -> io_lib:format("~s", ["λ"]) end)]),
    p([atom_to_list('λέξη'), atom_to_binary('λ', utf8), binary_to_atom(<<"日本"/utf8>>), list_to_atom([955]), refuse(fun() -> atom_to_binary(id('λ'), latin1) end)]),
    p([io_lib:printable_list("abc"), io_lib:printable_list([955]), io_lib:printable_unicode_list([955]), io_lib:printable_latin1_list([233]), io_lib:char_list([955]), io_lib:deep_char_list(["a", [$b]])]),
    ok = io:setopts([{encoding, unicode}]),
    io:format("~ts ~tp ~tc~n", [S, S, 955]),
    io:put_chars(["put: ", U8, 10]),
    ok = io:setopts([{encoding, latin1}]),
    io:format("~ts~n", [[233, 955]]).

p(X) -> io:format("~w~n", [X]).

refuse(F) -> try F() catch C:R -> {C, R} end.

id(X) -> X.
