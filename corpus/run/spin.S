{module, spin}.
{exports, [{main,0},{module_info,0},{module_info,1}]}.
{attributes, []}.
{labels, 10}.

{function, main, 0, 2}.
  {label,1}.
    {func_info,{atom,spin},{atom,main},0}.
  {label,2}.
    {move,{integer,1},{x,0}}.
  {label,3}.
    {test,is_atom,{f,3},[{x,0}]}.
    return.

{function, module_info, 0, 5}.
  {label,4}.
    {func_info,{atom,spin},{atom,module_info},0}.
  {label,5}.
    {move,{atom,spin},{x,0}}.
    {call_ext_only,1,{extfunc,erlang,get_module_info,1}}.

{function, module_info, 1, 7}.
  {label,6}.
    {func_info,{atom,spin},{atom,module_info},1}.
  {label,7}.
    {move,{x,0},{x,1}}.
    {move,{atom,spin},{x,0}}.
    {call_ext_only,2,{extfunc,erlang,get_module_info,2}}.
