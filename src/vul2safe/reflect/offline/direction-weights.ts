/**
 * @file Weights of the edit features, fitted by `scripts/fit-direction.ts` on real fix commits (the PrimeVul pairs, SVEN
 * and SafeCoder; logistic regression, only features seen in at least 8 projects). Accuracy on projects left out of the
 * fit stands in docs/RESULTS.md. Regenerate with that script; do not edit by hand.
 */

/** "feature weight" pairs, the strongest first; positive means that adding it makes code safer. */
export const DIRECTION_WEIGHTS = `
string:placeholder 0.740 | size 0.476 | comparison 0.336 | token:, 0.305 | word:safe 0.282
token:return 0.273 | token:|| 0.260 | word:escape 0.252 | call:escape 0.246 | word:text 0.238
call:safe 0.233 | token:&& 0.225 | word:check 0.221 | token:[ 0.219 | token:] 0.219 | token:< 0.210
word:length 0.202 | word:name 0.192 | call:name 0.190 | word:url 0.190 | call:check 0.189 | word:err 0.187
word:info 0.184 | token:; 0.178 | guard 0.178 | word:port 0.173 | word:uint 0.172 | token::: 0.167
word:memset 0.163 | call:memset 0.163 | token:> 0.163 | call:text 0.159 | token:else 0.158 | call:path 0.154
call:string 0.149 | word:ssl 0.143 | word:status 0.140 | word:size 0.138 | call:is 0.136 | word:args 0.134
word:self 0.133 | call:file 0.131 | word:filename 0.130 | word:use 0.125 | word:string 0.124 | word:key 0.123
word:offset 0.123 | swap:)>] 0.121 | word:file 0.119 | word:entry 0.113 | token:{ 0.111 | word:is 0.110
token:? 0.109 | token:sizeof 0.109 | word:start 0.106 | word:no 0.106 | swap:>>>= 0.105 | call:html 0.105
word:printf 0.104 | call:printf 0.104 | token:static 0.104 | word:false 0.102 | word:html 0.100
token:struct 0.100 | token:if 0.098 | token:bool 0.096 | token:} 0.087 | word:options 0.086 | word:next 0.086
call:get 0.083 | word:return 0.083 | word:invalid 0.083 | word:has 0.082 | call:bytes 0.081 | word:bytes 0.079
word:limit 0.078 | word:session 0.077 | word:num 0.074 | word:out 0.074 | word:fd 0.072 | call:length 0.071
string:complaint 0.071 | word:base 0.070 | word:object 0.070 | word:ret 0.070 | token:long 0.069
word:idx 0.069 | word:result 0.068 | word:min 0.067 | word:max 0.067 | word:state 0.066 | word:image 0.066
word:output 0.065 | word:content 0.064 | word:success 0.062 | word:depth 0.062 | word:number 0.058
call:str 0.057 | word:flag 0.057 | word:strip 0.056 | word:stream 0.054 | token:True 0.051 | token:const 0.051
call:has 0.047 | word:get 0.041 | word:mem 0.040 | word:per 0.040 | token:/ 0.038 | word:height 0.038
token:! 0.038 | call:error 0.037 | word:str 0.036 | word:einval 0.035 | word:cp 0.035 | word:secure 0.034
token:>= 0.034 | word:flags 0.034 | word:req 0.034 | word:stack 0.033 | call:set 0.032 | word:subprocess 0.031
call:min 0.031 | number:0 -0.031 | word:last -0.031 | word:array -0.032 | word:code -0.033 | word:load -0.036
word:message -0.036 | word:ptr -0.037 | word:warning -0.038 | word:random -0.039 | token:( -0.043
word:local -0.044 | token:int -0.045 | word:null -0.046 | token:-- -0.046 | word:data -0.047 | word:res -0.048
call:write -0.051 | word:fail -0.051 | token:try -0.052 | word:value -0.052 | word:root -0.052
word:close -0.053 | word:alloc -0.053 | token:) -0.054 | word:cmd -0.056 | word:bits -0.058 | word:init -0.058
word:width -0.058 | word:end -0.059 | word:dst -0.059 | token:== -0.060 | word:current -0.060
word:module -0.062 | token:!= -0.062 | word:buffer -0.062 | word:error -0.064 | call:free -0.067
token:void -0.067 | word:func -0.068 | word:io -0.069 | word:ctx -0.071 | word:clear -0.072 | token:- -0.074
word:tmp -0.075 | word:path -0.075 | word:decode -0.076 | word:bad -0.077 | call:close -0.078 | word:in -0.078
call:clear -0.082 | word:to -0.083 | token:as -0.083 | word:update -0.084 | call:destroy -0.084
token:+= -0.086 | token:while -0.086 | call:ptr -0.089 | word:dir -0.090 | token:| -0.094 | word:params -0.094
token:case -0.096 | word:exception -0.096 | word:var -0.098 | word:addr -0.100 | word:table -0.102
word:create -0.104 | token:for -0.105 | word:parse -0.105 | word:errno -0.106 | word:destroy -0.111
call:malloc -0.115 | string -0.120 | call:log -0.121 | word:write -0.121 | word:debug -0.123 | word:pos -0.124
word:set -0.125 | call:to -0.133 | word:st -0.133 | word:op -0.134 | call -0.134 | word:server -0.135
word:src -0.135 | token:++ -0.138 | call:open -0.140 | number:2 -0.144 | word:malloc -0.145 | word:auth -0.151
word:int -0.152 | word:request -0.159 | word:log -0.173 | string:substitution -0.176 | word:read -0.180
word:mktemp -0.182 | call:mktemp -0.182 | word:client -0.182 | word:open -0.182 | token:* -0.211
number:1 -0.221 | word:mode -0.234 | call:read -0.235 | word:join -0.244 | call:join -0.250
word:memcpy -0.259 | call:memcpy -0.259 | word:format -0.275 | word:os -0.292 | token:& -0.296
call:format -0.298 | token:. -0.317 | token:-> -0.355 | token:+ -0.365 | string:quoted-substitution -0.483
token:% -0.576 | danger -0.674
`;
