%% The string module on lists and binaries; case, trimming, splitting, searching, padding.
-module(str_string).
-export([main/0]).

main() ->
    [text(S) || S <- ["Hello, World", <<"Hello, World">>, "", <<>>, "  padded\t\n", ["mix", <<"ed ">>, [$x]]]],
    p([string:length("héllo"), string:length(<<"héllo"/utf8>>), string:to_graphemes("ae\x{301}b"),
       string:length("e\x{301}"), string:reverse("ae\x{301}b")]),
    p([string:uppercase("straße ñ"), string:lowercase("ÀÉ ΑΣ"), string:titlecase("élan"), string:casefold("Straße")]),
    p([string:equal("abc", <<"abc">>), string:equal("ABC", "abc", true), string:equal("e\x{301}", "é", false, nfc)]),
    p([string:split("a,b,c", ","), string:split("a,b,c", ",", all), string:split("a,b,c", ",", trailing), string:split(<<"a--b">>, "--")]),
    p([string:lexemes("a, b;;c ", ", ;"), string:tokens("a, b;;c ", ", ;"), string:lexemes(<<"x y z">>, " ")]),
    p([string:trim("  x  "), string:trim("  x  ", leading), string:trim("xxaxx", trailing, "x"), string:chomp("line\r\n"), string:strip("..a..", both, $.)]),
    p([string:pad("ab", 5), string:pad("ab", 5, leading, $*), string:pad(<<"ab">>, 6, both, "-"), string:left("abc", 5, $.), string:right("abc", 5), string:centre("abc", 7, $_)]),
    p([string:find("hello", "l"), string:find("hello", "l", trailing), string:find("hello", "z"), string:prefix("prefix-x", "prefix-"), string:prefix(<<"ab">>, "b")]),
    p([string:replace("aXbXc", "X", "-"), string:replace("aXbXc", "X", "-", all), lists:flatten(string:replace("aXbXc", "X", "-", trailing))]),
    p([string:slice("abcdef", 2), string:slice("abcdef", 1, 3), string:slice(<<"abcdef">>, 4, 10), string:sub_string("abcdef", 2, 4), string:substr("abcdef", 3, 2)]),
    p([string:str("hello", "l"), string:rstr("hello", "l"), string:chr("hello", $l), string:rchr("hello", $l), string:span("aabc", "a"), string:cspan("aabc", "c")]),
    p([string:to_upper("abc"), string:to_lower($A), string:concat("a", "b"), string:join(["a", "b", "c"], ", "), string:copies("ab", 3), string:chars($z, 4), string:words("a b c")]),
    p([string:next_codepoint("ab"), string:next_grapheme(<<"ab">>), string:next_codepoint(""), string:take("123abc", "0123456789"), string:take("abc123", "0123456789", true), string:nth_lexeme("a b c", 2, " ")]),
    p([string:is_empty(""), string:is_empty(<<>>), string:is_empty("x")]),
    p([palindrome(S) || S <- ["racecar", "A man a plan a canal Panama", "nope"]]),
    p(caesar("Hello, World!", 3)), p(caesar(caesar("Hello, World!", 3), -3)),
    p([roman(N) || N <- [1, 4, 9, 14, 40, 90, 400, 1994, 2026]]),
    p([levenshtein(A, B) || {A, B} <- [{"kitten", "sitting"}, {"", "abc"}, {"same", "same"}]]),
    p(wrap("the quick brown fox jumps over the lazy dog and runs away", 20)),
    p(soundex()).

p(X) -> io:format("~tp~n", [X]).

text(S) ->
    p([string:length(S), string:uppercase(S), string:lowercase(S), string:reverse(S), string:trim(S), string:is_empty(S), string:slice(S, 0, 3), unicode:characters_to_binary(S)]).

palindrome(S) -> L = [C || C <- string:lowercase(S), C >= $a, C =< $z], L =:= lists:reverse(L).

caesar(S, K) -> [rot(C, K) || C <- S].
rot(C, K) when C >= $a, C =< $z -> (C - $a + K + 26) rem 26 + $a;
rot(C, K) when C >= $A, C =< $Z -> (C - $A + K + 26) rem 26 + $A;
rot(C, _) -> C.

roman(0) -> "";
roman(N) -> {V, S} = hd([P || {V, _} = P <- numerals(), V =< N]), S ++ roman(N - V).
numerals() -> [{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}].

levenshtein(A, B) -> lists:last(lists:foldl(fun(C, Row) -> row(C, B, Row) end, lists:seq(0, length(B)), A)).
row(C, B, [D | Ds]) -> row(C, B, D, Ds, D + 1, [D + 1]).
row(_, [], _, [], _, Acc) -> lists:reverse(Acc);
row(C, [X | B], Diag, [Up | Ups], Left, Acc) ->
    V = lists:min([Up + 1, Left + 1, Diag + (if C =:= X -> 0; true -> 1 end)]),
    row(C, B, Up, Ups, V, [V | Acc]).

wrap(S, W) -> wrap(string:lexemes(S, " "), W, "").
wrap([], _, Line) -> [Line];
wrap([X | T], W, "") -> wrap(T, W, X);
wrap([X | T], W, Line) when length(Line) + length(X) < W -> wrap(T, W, Line ++ " " ++ X);
wrap(Ws, W, Line) -> [Line | wrap(Ws, W, "")].

soundex() -> [maps:get(C, maps:from_list(lists:zip("bfpvcgjkqsxzdtlmnr", "111122222222334556")), $0) || C <- "cryoscope"].
