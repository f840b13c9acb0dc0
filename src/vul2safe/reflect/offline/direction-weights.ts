/**
 * @file Weights of the edit features, fitted by `scripts/plant-bad-pairs.mjs --weights` on real fix commits (the PrimeVul pairs, SVEN
 * and SafeCoder; logistic regression, only features seen in at least 8 projects). Accuracy on projects left out of the
 * fit stands in docs/RESULTS.md. Regenerate with that script; do not edit by hand.
 */

/** "feature weight" pairs, the strongest first; positive means that adding it makes code safer. */
export const DIRECTION_WEIGHTS = `
one-way 0.957 | names-one-way 0.630 | string:placeholder 0.590 | size 0.338 | comparison 0.293
token:|| 0.275 | word:safe 0.244 | token:< 0.217 | call:safe 0.217 | word:check 0.212 | word:ssl 0.206
word:text 0.197 | word:length 0.196 | word:err 0.191 | token:, 0.182 | call:name 0.178 | token:; 0.178
call:escape 0.168 | word:filename 0.167 | token:return 0.167 | token:long 0.163 | word:file 0.163
token:> 0.162 | token:&& 0.162 | word:escape 0.156 | call:path 0.155 | call:memset 0.151 | word:memset 0.151
word:self 0.151 | call:is 0.148 | word:url 0.144 | token:[ 0.143 | token:] 0.143 | swap:)>] 0.142
token:sizeof 0.141 | word:offset 0.141 | call:string 0.139 | call:check 0.139 | word:uint 0.137
call:text 0.131 | call:printf 0.127 | word:printf 0.127 | word:no 0.125 | token:? 0.120 | word:out 0.113
call:file 0.112 | word:fd 0.112 | word:entry 0.111 | word:args 0.110 | word:key 0.110 | word:status 0.109
word:name 0.108 | word:min 0.105 | word:session 0.104 | call:error 0.102 | word:number 0.101
word:base 0.100 | word:string 0.097 | grows>20 0.087 | word:hash 0.087 | word:subprocess 0.087
swap:>>>= 0.086 | word:state 0.086 | word:false 0.084 | call:get 0.084 | word:port 0.082 | word:is 0.080
word:content 0.080 | word:size 0.080 | token:{ 0.079 | word:return 0.079 | word:start 0.078 | word:info 0.078
word:mem 0.078 | call:min 0.076 | call:length 0.074 | string:complaint 0.073 | word:buf 0.073
call:info 0.073 | word:idx 0.072 | word:get 0.070 | word:protocol 0.070 | guard 0.068 | word:bytes 0.068
token:<= 0.067 | word:height 0.066 | word:end 0.065 | word:limit 0.064 | token:struct 0.061
token:else 0.061 | token:const 0.061 | call:bytes 0.059 | token:unsigned 0.059 | word:flag 0.058
word:use 0.058 | word:max 0.056 | word:crypto 0.055 | word:html 0.054 | word:invalid 0.053
word:stream 0.053 | word:depth 0.053 | token:goto 0.052 | call:memory 0.050 | word:output 0.049
word:object 0.047 | token:bool 0.047 | word:obj 0.045 | word:item 0.045 | word:memory 0.045
word:strip 0.044 | word:last 0.044 | call:html 0.043 | word:header 0.042 | token:True 0.042 | call:set 0.041
word:overflow 0.041 | word:next 0.041 | call:str 0.039 | call:err 0.039 | call:data 0.038
word:command 0.037 | token:|= 0.037 | word:str 0.037 | word:id 0.036 | token:static 0.035 | word:dst 0.032
word:options 0.032 | word:fatal 0.032 | word:random 0.031 | word:width 0.030 | token:- -0.030
word:type -0.031 | word:error -0.032 | word:dump -0.032 | call:append -0.032 | call:max -0.034
word:bits -0.035 | call:client -0.035 | word:init -0.036 | call:to -0.036 | call:load -0.036
word:data -0.036 | token:void -0.037 | word:copy -0.040 | token:>= -0.040 | token:or -0.042
token:try -0.043 | word:element -0.044 | call:add -0.044 | word:update -0.046 | call:request -0.046
call:new -0.048 | word:req -0.049 | word:res -0.051 | token:default -0.052 | word:ctx -0.052
call:write -0.052 | word:add -0.054 | word:strlen -0.054 | word:message -0.054 | token:<< -0.055
word:system -0.057 | token:char -0.057 | token:switch -0.057 | token:) -0.059 | token:var -0.059
word:has -0.060 | word:st -0.061 | token:( -0.062 | token:-- -0.063 | number:2 -0.064 | word:free -0.065
word:path -0.065 | word:map -0.065 | word:config -0.066 | call:encode -0.066 | word:addr -0.067
word:close -0.069 | call:ptr -0.069 | word:null -0.070 | word:exception -0.071 | word:current -0.071
word:int -0.073 | token:None -0.073 | word:user -0.073 | token:int -0.074 | word:cmd -0.075
word:fail -0.076 | call:malloc -0.076 | token:-= -0.078 | word:var -0.081 | token:as -0.081
call:close -0.082 | word:pos -0.084 | word:value -0.084 | token:while -0.084 | word:params -0.084
grows>80 -0.087 | token:| -0.087 | word:auth -0.088 | token:!= -0.091 | call:create -0.095
word:debug -0.095 | word:malloc -0.096 | call:destroy -0.098 | call:snprintf -0.100 | word:snprintf -0.100
token:for -0.100 | token:case -0.101 | word:set -0.102 | word:write -0.103 | call:clear -0.104
word:io -0.104 | call:open -0.104 | token:+= -0.105 | word:to -0.106 | word:errno -0.106 | word:search -0.107
token:: -0.108 | word:destroy -0.108 | token:true -0.111 | word:parse -0.112 | word:clear -0.118
word:op -0.121 | token:++ -0.123 | token:== -0.124 | word:src -0.125 | word:ret -0.127 | call:mktemp -0.127
word:mktemp -0.127 | call:log -0.128 | word:open -0.128 | word:tag -0.131 | number:0 -0.134
word:module -0.134 | new-names -0.144 | string:substitution -0.146 | word:dir -0.146 | word:request -0.149
word:log -0.150 | word:read -0.154 | word:func -0.154 | word:server -0.155 | word:decode -0.158
token:* -0.160 | call:free -0.162 | word:client -0.163 | word:format -0.180 | call -0.183 | token:. -0.187
word:len -0.190 | word:join -0.194 | call:join -0.199 | call:memcpy -0.201 | word:memcpy -0.201
call:read -0.207 | word:off -0.216 | call:format -0.231 | number:1 -0.231 | token:& -0.234 | word:os -0.253
danger -0.254 | token:+ -0.260 | word:mode -0.289 | string:quoted-substitution -0.360 | token:-> -0.386
token:% -0.434 | finding -1.189
`;
