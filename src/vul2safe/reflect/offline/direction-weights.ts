/**
 * @file Weights of the edit features, fitted by `scripts/plant-bad-pairs.mjs --weights` on real fix commits (the PrimeVul pairs, SVEN
 * and SafeCoder; logistic regression, only features seen in at least 8 projects). Accuracy on projects left out of the
 * fit stands in docs/RESULTS.md. Regenerate with that script; do not edit by hand.
 */

/** "feature weight" pairs, the strongest first; positive means that adding it makes code safer. */
export const DIRECTION_WEIGHTS = `
string:placeholder 0.598 | size 0.563 | token:|| 0.308 | comparison 0.275 | word:safe 0.266
word:escape 0.236 | call:safe 0.232 | call:escape 0.230 | token:&& 0.219 | word:text 0.214 | word:ssl 0.204
word:check 0.200 | token:< 0.200 | word:err 0.196 | word:length 0.194 | call:name 0.192 | call:path 0.185
call:memset 0.184 | word:memset 0.184 | call:is 0.179 | word:name 0.174 | token:return 0.174
word:uint 0.157 | token:; 0.157 | token:static 0.157 | word:filename 0.156 | call:check 0.155
call:string 0.155 | word:status 0.151 | word:url 0.150 | word:self 0.149 | swap:)>] 0.146 | word:file 0.144
word:offset 0.142 | call:text 0.140 | token:> 0.139 | word:key 0.138 | word:info 0.138 | call:error 0.131
token:long 0.130 | call:printf 0.130 | word:printf 0.130 | token:sizeof 0.130 | word:entry 0.128
word:args 0.127 | word:out 0.125 | word:session 0.118 | word:string 0.114 | call:file 0.113 | word:html 0.110
token:? 0.110 | word:false 0.107 | token:struct 0.106 | swap:>>>= 0.106 | word:min 0.098 | word:no 0.097
word:number 0.095 | word:return 0.093 | word:state 0.093 | word:is 0.091 | word:port 0.091 | token:[ 0.090
token:] 0.090 | word:max 0.090 | call:html 0.090 | word:fd 0.087 | call:get 0.087 | guard 0.087
word:limit 0.084 | token:, 0.083 | word:size 0.082 | word:bytes 0.082 | word:mem 0.080 | call:bytes 0.079
word:content 0.078 | word:depth 0.078 | token:bool 0.078 | word:stream 0.078 | word:start 0.077
word:strip 0.075 | word:invalid 0.073 | word:get 0.072 | token:else 0.072 | word:output 0.071
word:image 0.071 | token:{ 0.070 | word:base 0.068 | call:info 0.066 | token:True 0.066 | word:use 0.064
word:flag 0.063 | call:min 0.063 | word:hash 0.062 | string:complaint 0.059 | word:crypto 0.057
word:protocol 0.055 | call:length 0.053 | word:header 0.052 | word:object 0.052 | word:subprocess 0.051
call:memory 0.049 | token:<= 0.047 | word:height 0.046 | word:list 0.046 | word:buf 0.046 | word:idx 0.046
word:val 0.046 | call:err 0.045 | word:ext 0.043 | word:obj 0.042 | token:if 0.042 | word:item 0.041
word:result 0.041 | call:data 0.039 | word:cp 0.039 | call:set 0.038 | word:fatal 0.037 | word:valid 0.037
word:target 0.037 | word:directory 0.034 | token:goto 0.034 | word:overflow 0.033 | token:continue 0.033
word:exit 0.032 | word:options 0.031 | word:next 0.030 | call:str 0.030 | word:error -0.030 | word:req -0.031
word:for -0.032 | word:release -0.032 | word:message -0.033 | word:bad -0.033 | call:write -0.034
call:to -0.036 | token:>= -0.037 | call:request -0.037 | token:or -0.040 | word:null -0.040
call:load -0.041 | token:try -0.041 | call:ptr -0.041 | word:in -0.043 | call:client -0.044
word:system -0.046 | token:not -0.047 | call:new -0.048 | number:0 -0.049 | word:has -0.049 | call:add -0.050
word:copy -0.050 | call:strlen -0.051 | word:ctx -0.054 | word:data -0.055 | word:config -0.055
token:true -0.057 | token:char -0.057 | token:None -0.058 | token:!= -0.059 | word:create -0.059
token:-- -0.062 | word:add -0.063 | call:encode -0.068 | word:cmd -0.068 | word:auth -0.069
token:var -0.072 | word:exception -0.073 | word:params -0.074 | token:default -0.075 | word:end -0.076
word:free -0.076 | call:destroy -0.077 | token:( -0.077 | word:tmp -0.078 | word:close -0.079
word:strlen -0.079 | token:switch -0.080 | word:io -0.081 | word:current -0.081 | word:st -0.082
word:parse -0.084 | word:map -0.085 | word:fail -0.089 | word:set -0.091 | token:as -0.092
token:while -0.096 | call:clear -0.096 | token:-= -0.097 | word:pos -0.098 | word:destroy -0.099
word:var -0.100 | word:write -0.101 | call:close -0.102 | string -0.102 | word:update -0.102
number:2 -0.103 | word:path -0.103 | token:<< -0.104 | word:addr -0.105 | word:value -0.107
word:search -0.107 | call -0.107 | token:) -0.110 | word:user -0.111 | call:snprintf -0.111
word:snprintf -0.111 | word:debug -0.116 | call:mktemp -0.117 | word:mktemp -0.117 | token:case -0.120
word:int -0.122 | word:errno -0.122 | token:| -0.125 | word:clear -0.125 | call:malloc -0.127
word:to -0.128 | word:ret -0.129 | call:create -0.129 | token:= -0.131 | token:++ -0.132 | call:open -0.137
token:for -0.139 | word:src -0.139 | word:request -0.140 | word:dir -0.144 | word:tag -0.144
word:module -0.147 | word:decode -0.147 | word:malloc -0.151 | word:func -0.156 | word:server -0.159
token:: -0.160 | call:log -0.161 | token:== -0.164 | string:substitution -0.166 | word:op -0.172
word:read -0.176 | call:free -0.178 | token:+= -0.179 | word:open -0.182 | word:log -0.185
word:format -0.202 | word:client -0.205 | call:memcpy -0.228 | word:memcpy -0.228 | word:len -0.235
word:join -0.237 | call:read -0.239 | call:join -0.243 | call:format -0.250 | danger -0.251 | token:* -0.253
word:off -0.266 | number:1 -0.270 | word:os -0.288 | token:. -0.289 | token:& -0.310 | token:+ -0.345
word:mode -0.360 | string:quoted-substitution -0.373 | token:-> -0.412 | token:% -0.454 | finding -1.140
`;
