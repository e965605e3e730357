#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# records.sh DIR - writes the demo's access records: a web server's log and a login log for each incident.
# They are made up, with addresses from the ranges reserved for documentation (RFC 5737). What the two
# related incidents share in them is a visitor's odd user agent and his habit of asking for "/dns?".
set -eu
out=${1:?usage: records.sh DIR}

web() { # incident day month-name year seed odd-agent
    mkdir -p "$out/$1/records"
    awk -v day="$2" -v month="$3" -v year="$4" -v seed="$5" -v odd="$6" '
    function next_random() { state = (state * 1103515245 + 12345) % 2147483648; return state / 2147483648 }
    function pick(list, n) { return list[1 + int(next_random() * n)] }
    BEGIN {
        state = seed
        agents[1] = "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:33.0) Gecko/20100101 Firefox/33.0"
        agents[2] = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
        agents[3] = "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/39.0.2171.65 Safari/537.36"
        agents[4] = "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)"
        agents[5] = "curl/7.38.0"
        paths[1] = "/"; paths[2] = "/index.html"; paths[3] = "/style.css"; paths[4] = "/favicon.ico"
        paths[5] = "/news/"; paths[6] = "/robots.txt"; paths[7] = "/images/logo.png"
        paths[8] = "/page-" seed ".html"
        for (i = 0; i < 1500; i++) {
            second = int(i * 57)
            stamp = sprintf("%02d/%s/%d:%02d:%02d:%02d +0900", day, month, year, int(second / 3600) % 24, int(second / 60) % 60, second % 60)
            address = "192.0.2." (1 + int(next_random() * 250))
            agent = pick(agents, 5); path = pick(paths, 8); size = 200 + int(next_random() * 9000)
            if (odd != "" && i % 150 == 75) {
                address = "198.51.100." (seed % 200 + 20); agent = odd; path = "/dns?"; size = 17
            }
            printf "%s - - [%s] \"GET %s HTTP/1.1\" 200 %d \"-\" \"%s\"\n", address, stamp, path, size, agent
        }
    }' >"$out/$1/records/access.log"
}

logins() { # incident month-name day seed account
    mkdir -p "$out/$1/records"
    awk -v month="$2" -v day="$3" -v seed="$4" -v account="$5" '
    BEGIN {
        state = seed
        for (i = 0; i < 300; i++) {
            state = (state * 1103515245 + 12345) % 2147483648
            address = "203.0.113." (1 + state % 250)
            user = (i % 30 == 29) ? account : "root"
            what = (i % 30 == 29) ? "Accepted" : "Failed"
            printf "%s %2d %02d:%02d:%02d gate sshd[%d]: %s password for %s from %s port %d ssh2\n", month, day, int(i / 20), i % 60, (i * 7) % 60, 2000 + i, what, user, address, 40000 + i
        }
    }' >"$out/$1/records/auth.log"
}

agent='HarbourCourier/1.3 (parcel; ko-KR)'
web seoul-2013 20 Mar 2013 411 "$agent"
web culver-city-2014 24 Nov 2014 977 "$agent"
web webshop-2012 3 Sep 2012 57 'PriceWatch/0.9 (+weekly)'
web harbour-2014 11 Jun 2014 1201 ''
web library-2015 2 Feb 2015 333 'Catalogue-Checker 2'
logins seoul-2013 Mar 20 5 backup-operator
logins culver-city-2014 Nov 24 9 studio-render
logins crossroads-2016 May 4 13 lamp
