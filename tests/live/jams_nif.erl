%% NIFs that never return. hang(Pid) tells Pid so first.
-module(jams_nif).
-export([load/0, hang/1, hang_dirty/1]).

%% The library's path without its ending: $JAMS_NIF, or beside this module.
load() -> erlang:load_nif(os:getenv("JAMS_NIF", filename:rootname(code:which(?MODULE))), 0).

hang(_Pid) -> erlang:nif_error(not_loaded).

hang_dirty(_Pid) -> erlang:nif_error(not_loaded).
