%% rand with a seed, calendar, base64, uri_string, filename, lists of options, erl_tar-free small libraries.
-module(lib_misc).
-export([main/0]).

main() -> randoms(), dates(), names(), uris(), encodings(), re_free(), counters_(), persistent(), system(), strings_of_code(), queues_of_work(), log_math().

p(X) -> io:format("~p~n", [X]).

randoms() ->
    [begin rand:seed(A, {1, 2, 3}), p({A, [rand:uniform(1000) || _ <- lists:seq(1, 10)], rand:uniform(), rand:normal(), rand:uniform(1 bsl 70), rand:bytes(5)}) end || A <- [exsss, exrop, exsp, exs1024s, exro928ss, mwc59] -- [mwc59]],
    S0 = rand:seed_s(exsss, 42), {X, S1} = rand:uniform_s(100, S0), {Y, S2} = rand:uniform_real_s(S1), p([X, Y, element(1, rand:uniform_s(S2))]), p(rand:export_seed_s(rand:seed_s(exsp, {5, 6, 7}))), p(element(1, rand:uniform_s(10, rand:jump(rand:seed_s(exsss, 1))))),
    rand:seed(exsss, 7), p(shuffle(lists:seq(1, 20))), random_walk(10), p(rand:mwc59(12345)), p(lists:sublist(iterate(fun rand:mwc59/1, 1, 5), 5)).
iterate(_, _, 0) -> [];
iterate(F, X, N) -> [X | iterate(F, F(X), N - 1)].
shuffle(L) -> [X || {_, X} <- lists:sort([{rand:uniform(), X} || X <- L])].
random_walk(N) -> p(lists:foldl(fun(_, [X | _] = A) -> [X + lists:nth(rand:uniform(2), [-1, 1]) | A] end, [0], lists:seq(1, N))).

dates() ->
    p([calendar:day_of_the_week(2024, 2, 29), calendar:is_leap_year(1900), calendar:last_day_of_the_month(2023, 2), calendar:date_to_gregorian_days({2000, 1, 1}), calendar:gregorian_days_to_date(730485), calendar:datetime_to_gregorian_seconds({{1970, 1, 1}, {0, 0, 0}}), calendar:gregorian_seconds_to_datetime(63900000000), calendar:iso_week_number({2021, 1, 3}), calendar:seconds_to_daystime(100000), calendar:seconds_to_time(3661), calendar:time_to_seconds({1, 1, 1}), calendar:valid_date(2023, 2, 29), calendar:time_difference({{2000, 1, 1}, {0, 0, 0}}, {{2000, 3, 1}, {12, 0, 0}})]),
    p([calendar:system_time_to_rfc3339(1700000000, [{offset, "Z"}]), calendar:rfc3339_to_system_time("2023-11-14T22:13:20Z"), calendar:system_time_to_universal_time(1700000000123, millisecond), calendar:system_time_to_rfc3339(1700000000123, [{unit, millisecond}, {offset, "+02:00"}])]), p([calendar:day_of_the_week({2000, M, 1}) || M <- lists:seq(1, 12)]).

names() -> p([filename:join(["a", "b", "/c", "d"]), filename:join("a", "../b"), filename:basename("/x/y.erl"), filename:basename("y.erl", ".erl"), filename:dirname("/x/y"), filename:extension("a.b.c"), filename:rootname("a.b"), filename:split("/a/b"), filename:absname("x", "/base"), filename:pathtype("/x"), filename:flatten(["a", [$b]]), filename:join(<<"x">>, "y"), filename:nativename("a/b")]).
uris() -> p(uri_string:parse("https://user@host:8080/path/x?q=1&r=%20#frag")), p([uri_string:normalize("http://a/b/../c/./d"), uri_string:compose_query([{"a", "1 2"}, {"b", "ü"}]), uri_string:dissect_query("a=1&b=%C3%BC+x"), uri_string:quote("a b/c"), uri_string:resolve("../x", "http://h/a/b/c"), uri_string:recompose(#{scheme => "ftp", host => "h", path => "/p"})]).
encodings() -> p([base64:encode(list_to_binary(lists:seq(0, N))) || N <- [0, 1, 2, 3, 20]]), p([base64:decode(base64:encode(list_to_binary(lists:seq(0, N)))) =:= list_to_binary(lists:seq(0, N)) || N <- [0, 5, 100]]), p([base64:mime_decode(<<"aGVs*bG8=\n">>), base64:decode_to_string("YWJj")]).

%% A matcher for a little pattern language, in place of regular expressions.
re_free() -> p([matches(P, S) || {P, S} <- [{"a*b", "aaab"}, {"a*b", "aac"}, {".*", ""}, {"x.z", "xyz"}, {"^ab$", "ab"}, {"b", "abc"}, {"^b", "abc"}]]).
matches([$^ | P], S) -> here(P, S);
matches(P, S) -> here(P, S) orelse (S =/= [] andalso matches(P, tl(S))).
here([], _) -> true;
here("$", S) -> S =:= [];
here([C, $* | P], S) -> star(C, P, S);
here([C | P], [D | S]) when C =:= $.; C =:= D -> here(P, S);
here(_, _) -> false.
star(C, P, S) -> here(P, S) orelse case S of [D | T] when C =:= $.; C =:= D -> star(C, P, T); _ -> false end.

counters_() -> C = counters:new(3, []), counters:add(C, 1, 5), counters:sub(C, 2, 7), counters:put(C, 3, 100), A = atomics:new(2, [{signed, true}]), atomics:put(A, 1, 10), p([counters:get(C, I) || I <- [1, 2, 3]]), p([atomics:add_get(A, 1, 5), atomics:exchange(A, 1, 1), atomics:compare_exchange(A, 1, 1, 9), atomics:compare_exchange(A, 1, 1, 9), atomics:get(A, 1), atomics:sub_get(A, 2, 3), maps:get(size, counters:info(C))]).
persistent() -> persistent_term:put({?MODULE, k}, #{big => lists:seq(1, 10)}), p([persistent_term:get({?MODULE, k}), persistent_term:get(never, default), persistent_term:erase({?MODULE, k}), persistent_term:erase(never), persistent_term:get({?MODULE, k}, gone)]).
system() -> p([erlang:system_info(wordsize), erlang:system_info(otp_release), is_list(erlang:system_info(version)), erlang:system_info(process_limit) > 1000, is_integer(erlang:system_info(process_count)), erlang:system_info(machine), erlang:system_info(threads), is_integer(erlang:system_info(atom_count)), erlang:system_info(smp_support) =/= x, is_list(erlang:system_info(system_architecture)), erlang:system_info(endian), element(1, os:type()), is_alive(), node(), nodes(), erlang:get_cookie()]), os:putenv("CRYO_TEST_VARIABLE", "value"), p([os:getenv("CRYO_TEST_VARIABLE"), os:getenv("CRYO_UNSET", "dflt"), os:unsetenv("CRYO_TEST_VARIABLE"), os:getenv("CRYO_TEST_VARIABLE"), is_list(os:getenv())]), p([erlang:memory(total) > 0, is_list(erlang:memory()), tuple_size(erlang:statistics(runtime)), tuple_size(erlang:statistics(reductions)), tuple_size(erlang:statistics(wall_clock)), erlang:statistics(run_queue) >= 0]).
strings_of_code() -> p([erlang:list_to_existing_atom("ok"), list_to_atom("new one"), atom_to_list('Quoted Atom'), erlang:atom_to_binary(é, latin1), length(atom_to_list(list_to_atom(lists:duplicate(255, $z))))]), p([pid_to_list(list_to_pid("<0.1.0>")), is_list(pid_to_list(self())), list_to_ref("#Ref<0.1.2.3>") =/= x, is_list(ref_to_list(make_ref()))]).
queues_of_work() -> p(lists:foldl(fun({put, X}, {Q, O}) -> {queue:in(X, Q), O}; (get, {Q, O}) -> case queue:out(Q) of {{value, V}, Q1} -> {Q1, [V | O]}; {empty, Q1} -> {Q1, [none | O]} end end, {queue:new(), []}, [{put, 1}, {put, 2}, get, get, get, {put, 3}, get])).
log_math() -> p([erlang:max(1, 2), erlang:min(a, b), erlang:abs(-5), trunc(2.7), round(-2.5), ceil(1.1), floor(-1.1), erlang:float(3)]), p([10 div 3, -10 div 3, 10 rem -3, -10 rem 3]).
